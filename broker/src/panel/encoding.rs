//! In which of its forms a file is sent: the one that the caller wants most, of those that were made when the panel was
//! built.

use ::panel::Asset;
use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderName};

/// What is least wanted and still taken.
const LEAST: u16 = 1;

/// The name of the form, if it has one, and its bytes. Among forms that are wanted alike it is the shortest.
pub(super) fn chosen(asset: &'static Asset, asked: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    let plain = (None, asset.identity, weight(asked, "identity").unwrap_or(LEAST));
    let forms = [("br", asset.brotli), ("gzip", asset.gzip)];
    let forms = forms.into_iter().filter_map(|(name, bytes)| Some((Some(name), bytes?, weight(asked, name)?)));
    // Where the plain one is refused and there is no other, it is still better than nothing.
    let best = forms
        .rev()
        .chain([plain])
        .filter(|(_, _, weight)| *weight > 0)
        .max_by_key(|(name, _, weight)| (*weight, name.is_some()));
    best.map_or((None, asset.identity), |(name, bytes, _)| (name, bytes))
}

/// How much a coding is wanted, in thousandths; nothing where it is not spoken of.
fn weight(asked: &HeaderMap, coding: &str) -> Option<u16> {
    let of = |name: &str| {
        let mut named = weights(asked, &ACCEPT_ENCODING).filter(|(it, _)| it.eq_ignore_ascii_case(name));
        named.next().map(|(_, weight)| weight)
    };
    of(coding).or_else(|| of("*"))
}

/// The words of a header such as `br;q=0.9, gzip`, each with its weight in thousandths.
pub(super) fn weights<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = (&'a str, u16)> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|part| {
        let mut words = part.split(';').map(str::trim);
        let word = words.next().unwrap_or_default();
        let told = words.find_map(|it| it.strip_prefix("q=").or_else(|| it.strip_prefix("Q=")));
        let weight = told.and_then(|it| it.parse::<f32>().ok()).unwrap_or(1.0);
        (word, (weight.clamp(0.0, 1.0) * 1_000.0) as u16)
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    static WHOLE: Asset = Asset {
        path: "/a.js",
        content_type: "text/javascript",
        etag: "W/\"0\"",
        is_immutable: false,
        identity: b"plain",
        brotli: Some(b"b"),
        gzip: Some(b"g"),
    };
    static PLAIN: Asset = Asset { brotli: None, gzip: None, ..WHOLE };
    static GZIP: Asset = Asset { brotli: None, ..WHOLE };

    #[test]
    fn the_form_is_the_one_that_is_wanted_most_and_never_one_that_is_refused() {
        let (br, gzip) = (Some("br"), Some("gzip"));
        for (asset, accept, expected) in [
            (&WHOLE, "", None),
            (&WHOLE, "gzip, deflate, br, zstd", br),
            (&WHOLE, "gzip", gzip),
            (&WHOLE, "GZIP", gzip),
            (&WHOLE, "br;q=0, gzip", gzip),
            (&WHOLE, "br;q=0.5, gzip;q=0.8", gzip),
            (&WHOLE, "br; q=0 , gzip; q=0.0", None),
            (&WHOLE, "identity, br;q=0.5", None),
            (&WHOLE, "identity, br", br),
            (&WHOLE, "*", br),
            (&WHOLE, "*;q=0", None),
            (&WHOLE, "br;q=0, *", gzip),
            (&WHOLE, "identity;q=0, gzip;q=0.001", gzip),
            (&WHOLE, "zstd", None),
            (&WHOLE, "br;q=nonsense", br),
            (&GZIP, "br, gzip;q=0.1", gzip),
            (&PLAIN, "br, gzip", None),
            (&PLAIN, "identity;q=0, br", None),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accept))]);
            let (encoding, bytes) = chosen(asset, &headers);
            assert_eq!(encoding, expected, "{accept}");
            let sent: &[u8] = encoding.map_or(b"plain", |name| &name.as_bytes()[..1]);
            assert_eq!(bytes, sent, "{accept}");
        }
        assert_eq!(chosen(&WHOLE, &HeaderMap::new()).0, None, "who says nothing gets it as it is");
    }
}
