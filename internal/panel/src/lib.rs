//! The panel's files, as `npm run build` made them, inside the program: each with the forms that were compressed then, so
//! that nothing is read from a disk or compressed while it runs. A program that was built without them has none.

#[cfg(test)]
mod collect;

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// As it is asked for, such as `/icon.svg`.
    pub path: &'static str,
    pub content_type: &'static str,
    /// With its quotation marks; the same for every form.
    pub etag: &'static str,
    /// Whether another content would have another path.
    pub is_immutable: bool,
    pub identity: &'static [u8],
    pub brotli: Option<&'static [u8]>,
    pub gzip: Option<&'static [u8]>,
}

/// All files of one panel.
#[derive(Debug, Clone, Copy)]
pub struct Files(&'static [Asset]);

static BUILT: &[Asset] = include!(concat!(env!("OUT_DIR"), "/built.rs"));

/// Those that are inside of this program.
pub fn built() -> Files {
    Files(BUILT)
}

impl Files {
    /// Others; in the order of their paths.
    pub const fn of(files: &'static [Asset]) -> Self {
        Self(files)
    }

    pub fn is_built(self) -> bool {
        self.page().is_some()
    }

    /// The file at a path, which is compared as it was sent: nothing in it is decoded, and no folder is looked into.
    pub fn find(self, path: &str) -> Option<&'static Asset> {
        self.0.binary_search_by(|it| it.path.cmp(path)).ok().map(|at| &self.0[at])
    }

    /// The one page, from which every screen is made.
    pub fn page(self) -> Option<&'static Asset> {
        self.find("/index.html")
    }
}

#[cfg(test)]
mod tests;
