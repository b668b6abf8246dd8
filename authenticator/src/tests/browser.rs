//! Browser mode: the refresh token is a cookie that no script reads, and only our own pages use it.

use serde_json::json;

use super::{Answer, Service, config, sqlite};

const OWN: [(&str, &str); 2] = [("origin", "https://site.example"), ("x-forwarded-host", "site.example")];

fn body(browser: bool) -> String {
    json!({"email": "admin@example.com", "password": "password123", "browser": browser}).to_string()
}

/// `name=value` of the cookie that was set.
fn cookie(answer: &Answer) -> String {
    let set = answer.headers["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn sqlite_a_browser_refreshes_and_signs_out_by_cookie_from_our_own_pages_only() {
    let (_folder, rows) = sqlite();
    let service = Service::start(config(&rows, &[("AUTHENTICATOR_ORIGINS", "https://panel.example")])).await;
    let foreign = service.send_with("POST", "/v1/sessions", &[("origin", "https://evil.example")], body(true)).await;
    assert_eq!((foreign.status, foreign.headers.get("set-cookie")), (403, None));
    let signed_in = service.send_with("POST", "/v1/sessions", &OWN, body(true)).await;
    assert_eq!((signed_in.status, signed_in.body.get("refresh_token")), (200, None), "{signed_in:?}");
    let set = signed_in.headers["set-cookie"].to_str().unwrap();
    for attribute in ["; HttpOnly", "; Secure", "; SameSite=Strict", "; Path=/v1/sessions", "; Max-Age=25"] {
        assert!(set.contains(attribute), "{set} lacks {attribute}");
    }

    let first = cookie(&signed_in);
    let refresh = async |headers: &[(&str, &str)], cookie: &str| {
        let headers = [headers, &[("cookie", cookie)]].concat();
        service.send_with("POST", "/v1/sessions/refresh", &headers, "").await
    };
    let evil = [("origin", "https://evil.example"), ("x-forwarded-host", "site.example")];
    for refused in [&evil[..], &OWN[1..], &[("origin", "null")]] {
        assert_eq!(refresh(refused, &first).await.status, 403, "{refused:?}");
    }
    let second = refresh(&OWN, &first).await;
    assert_eq!((second.status, second.body.get("refresh_token")), (200, None));
    let listed = [("origin", "https://panel.example"), ("x-forwarded-host", "site.example")];
    let third = refresh(&listed, &cookie(&second)).await;
    assert_eq!(third.status, 200);

    let last = cookie(&third);
    let headers = [&OWN[..], &[("cookie", last.as_str())]].concat();
    let left = service.send_with("DELETE", "/v1/sessions/current", &headers, "").await;
    assert_eq!(left.status, 204, "{left:?}");
    assert!(left.headers["set-cookie"].to_str().unwrap().starts_with("switchboard_refresh=; "), "{left:?}");
    let over = refresh(&OWN, &last).await;
    assert_eq!(over.status, 401);
    assert!(over.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"), "{over:?}");
    service.stop().await;
}

#[tokio::test]
async fn sqlite_a_cookies_token_is_none_for_a_body_and_the_other_way_round() {
    let (_folder, rows) = sqlite();
    let service = Service::start(config(&rows, &[])).await;
    let by_cookie = cookie(&service.send_with("POST", "/v1/sessions", &OWN, body(true)).await);
    let in_body = service.send("POST", "/v1/sessions", body(false)).await;
    let token = by_cookie.split_once('=').unwrap().1;
    assert_eq!(service.refresh(token).await.status, 401);
    let planted = format!("switchboard_refresh={}", in_body.text("refresh_token"));
    let headers = [&OWN[..], &[("cookie", planted.as_str())]].concat();
    assert_eq!(service.send_with("POST", "/v1/sessions/refresh", &headers, "").await.status, 401);
    let headers = [&OWN[..], &[("cookie", by_cookie.as_str())]].concat();
    assert_eq!(
        service.send_with("POST", "/v1/sessions/refresh", &headers, "{}").await.status,
        200,
        "nothing has changed"
    );
    assert_eq!(service.refresh(in_body.text("refresh_token")).await.status, 200);
    service.stop().await;
}
