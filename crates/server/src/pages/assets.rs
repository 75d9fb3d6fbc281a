//! Style sheets, scripts and the icon, from inside the program.
//!
//! Their address holds a hash of them all: a browser may keep them for ever, and modules find each other by relative
//! names.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use protocol::Name;
use sha2::{Digest, Sha256};

use crate::answer::Refused;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-cache");

struct Asset {
    name: &'static str,
    media_type: &'static str,
    body: &'static str,
}

macro_rules! asset {
    ($name:literal, $media_type:expr) => {
        Asset { name: $name, media_type: $media_type, body: include_str!(concat!("../web/assets/", $name)) }
    };
}

const ASSETS: [Asset; 22] = [
    asset!("main.js", SCRIPT),
    asset!("amount.js", SCRIPT),
    asset!("book.js", SCRIPT),
    asset!("conflict.js", SCRIPT),
    asset!("connection.js", SCRIPT),
    asset!("controls.js", SCRIPT),
    asset!("delete.js", SCRIPT),
    asset!("feed.js", SCRIPT),
    asset!("form.js", SCRIPT),
    asset!("list.js", SCRIPT),
    asset!("news.js", SCRIPT),
    asset!("patch.js", SCRIPT),
    asset!("refresh.js", SCRIPT),
    asset!("saving.js", SCRIPT),
    asset!("session.js", SCRIPT),
    asset!("texts.js", SCRIPT),
    asset!("values.js", SCRIPT),
    asset!("base.css", STYLE),
    asset!("list.css", STYLE),
    asset!("form.css", STYLE),
    asset!("plain.css", STYLE),
    asset!("icon.svg", "image/svg+xml"),
];

/// Names everything in [`ASSETS`] as it is.
static BUILD: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in &ASSETS {
        hash.update(asset.name);
        hash.update(asset.body);
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
});

/// The name of this build's assets; a page of another build must be loaded anew.
pub(super) fn build() -> &'static str {
    &BUILD
}

/// The address of an asset.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", build())
}

/// The addresses of all scripts but `main.js`, which asks for them one after the other.
pub(super) fn modules() -> impl Iterator<Item = String> {
    ASSETS.iter().skip(1).filter(|asset| asset.media_type == SCRIPT).map(|asset| address(asset.name))
}

/// Answers `GET /assets/{build}/{name}`.
pub(crate) async fn asset(Path((asked, name)): Path<(String, String)>, uri: Uri) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Refused::new(Name::NotFound, format!("there is nothing at {}", uri.path())).into_response();
    };
    // A page of the build before may still ask while the program is exchanged.
    let kept = if asked == build() { FOR_EVER } else { NOT_KEPT };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)), (header::CACHE_CONTROL, kept)];
    (headers, asset.body).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_in_the_folder_is_served() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/assets")).unwrap();
        let files: BTreeSet<_> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let served: BTreeSet<_> = ASSETS.iter().map(|asset| asset.name.to_owned()).collect();
        assert_eq!(served, files);
    }

    #[test]
    fn scripts_and_style_sheets_load_nothing_from_elsewhere() {
        for asset in &ASSETS {
            for elsewhere in ["https://", "url(http", "@import", "//cdn"] {
                assert!(!asset.body.contains(elsewhere), "{} has {elsewhere}", asset.name);
            }
        }
    }

    #[test]
    fn scripts_write_no_markup() {
        for asset in ASSETS.iter().filter(|asset| asset.media_type == SCRIPT) {
            for way in ["innerHTML =", "outerHTML =", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                assert!(!asset.body.contains(way), "{} uses {way}", asset.name);
            }
        }
    }
}
