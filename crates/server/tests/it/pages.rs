//! The pages as a browser gets them, without a socket and without running their scripts.

mod browser;
mod logins;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use browser::Browser;

#[tokio::test]
async fn the_home_page_shows_the_newest_books_first_as_a_table() {
    let browser = Browser::new();
    browser.add(json!({"title": "Bumi Manusia", "author": "Pramoedya Ananta Toer", "year": 1980})).await;
    browser.add(json!({"title": "Saman", "stock": 1200, "price": {"amount": 80000, "currency": "IDR"}})).await;
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.titles(), ["Saman", "Bumi Manusia"]);
    for part in [
        "<title>Books – Bookstore</title>",
        "<caption",
        r#"scope="col""#,
        r#"scope="row""#,
        r#"href="/books/1""#,
        ">1980<",
        ">1,200<",
        "Rp\u{a0}80,000",
        "2 books",
        r##"href="#main""##,
    ] {
        assert!(page.has(part), "no {part}");
    }
}

#[tokio::test]
async fn an_empty_shop_says_how_to_begin() {
    let page = Browser::new().get("/").await;
    assert!(page.has("There are no books yet") && page.has("bookstore import"));
    assert!(page.has(r#"<table class="books" id="books" hidden>"#));
}

#[tokio::test]
async fn markup_in_a_book_shows_as_text() {
    let browser = Browser::new();
    let hostile = r#""><img src=x onerror=alert(1)></script><script>alert(2)</script>"#;
    let mut book = json!({"title": hostile, "extra": {"<b>x": hostile}, "subjects": ["<b>x"]});
    for field in ["author", "publisher", "edition", "description", "status", "series", "shelf", "barcode"] {
        book[field] = json!(hostile);
    }
    browser.add(book).await;
    for path in ["/", "/books/1", "/?title=%22%3E%3Cimg+src%3Dx%3E", "/%22%3E%3Cimg%20src=x%3E"] {
        let page = browser.get(path).await;
        for markup in ["<img src=x", "<script>", "<b>x"] {
            assert!(!page.has(markup), "{path} lets {markup} through");
        }
    }
    assert!(browser.get("/books/1").await.has("&lt;img src=x onerror=alert(1)&gt;"));
}

#[tokio::test]
async fn the_language_is_the_browsers_until_another_is_chosen() {
    let browser = Browser::new().with(header::ACCEPT_LANGUAGE, "id-ID,id;q=0.9,en;q=0.5");
    let page = browser.get("/").await;
    assert!(page.has(r#"<html lang="id""#) && page.has("Tambah buku") && page.has("<h1>Buku</h1>"));
    assert_eq!(page.header(header::CONTENT_LANGUAGE), "id");

    let chosen = browser.get("/?author=Pram&lang=en&page=2").await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER);
    assert_eq!(chosen.header(header::LOCATION), "/?author=Pram&page=2");
    let cookie = chosen.header(header::SET_COOKIE);
    assert!(cookie.starts_with("lang=en; Path=/; Max-Age="), "{cookie}");

    let page = browser.with(header::COOKIE, "lang=en").get("/").await;
    assert!(page.has(r#"<html lang="en""#) && page.has("Add book"));
}

#[tokio::test]
async fn choosing_a_language_leads_to_no_other_site() {
    let browser = Browser::new();
    for (path, address) in [
        ("//example.org/?lang=id", "/example.org/"),
        ("/books/1?lang=id", "/books/1"),
        ("/nowhere?lang=id&x=%0D%0ASet-Cookie:a", "/nowhere?x=%0D%0ASet-Cookie%3Aa"),
    ] {
        assert_eq!(browser.get(path).await.header(header::LOCATION), address);
    }
    assert_eq!(browser.get("/?lang=tlh").await.status, StatusCode::OK);
}

#[tokio::test]
async fn known_statuses_are_shown_in_the_readers_language() {
    let browser = Browser::new().with(header::ACCEPT_LANGUAGE, "id");
    browser.add(json!({"title": "A"})).await;
    browser.add(json!({"title": "B", "status": "Checked Out"})).await;
    browser.add(json!({"title": "C", "status": "Di gudang"})).await;
    let page = browser.get("/").await;
    let shown = page.between(r#"<span class="badge""#, "</span>");
    assert_eq!(
        shown,
        [
            r#" data-kind="other">Di gudang"#,
            r#" data-kind="checked_out">Dipinjam"#,
            r#" data-kind="available">Tersedia"#
        ]
    );
}

#[tokio::test]
async fn columns_sort_and_say_so() {
    let browser = Browser::new();
    for (title, year) in [("Belenggu", 1940), ("Atheis", 1949), ("Salah Asuhan", 1928)] {
        browser.add(json!({"title": title, "year": year})).await;
    }
    let page = browser.get("/?sort=title").await;
    assert_eq!(page.titles(), ["Atheis", "Belenggu", "Salah Asuhan"]);
    assert!(page.has(r#"aria-sort="ascending"><a href="/?sort=-title">"#));
    assert!(page.has(r#"<a href="/?sort=year">"#));
    assert_eq!(browser.get("/?sort=-year").await.titles(), ["Atheis", "Belenggu", "Salah Asuhan"]);
    assert!(browser.get("/?sort=-year").await.has(r#"aria-sort="descending""#));
    assert_eq!(browser.get("/?sort=nonsense").await.titles().len(), 3);
}

#[tokio::test]
async fn long_lists_come_in_pages_that_links_lead_through() {
    let browser = Browser::new();
    browser.add_many(120).await;
    let first = browser.get("/?sort=title").await;
    assert_eq!(first.titles().len(), 50);
    assert!(first.has("Page 1 of 3") && first.has("Books 1 to 50 of 120"));
    assert!(first.has(r#"<a href="/?sort=title&amp;page=2" rel="next""#) && !first.has(r#"rel="prev""#));

    let second = browser.get("/?sort=title&page=2").await;
    assert_eq!((second.titles()[0], second.titles()[49]), ("Book 051", "Book 100"));
    let last = browser.get("/?sort=title&page=3").await;
    assert_eq!(last.titles().len(), 20);
    assert!(last.has(r#"rel="prev""#) && !last.has(r#"rel="next""#));

    for beyond in ["4", "99999999999", "18446744073709551615"] {
        let page = browser.get(&format!("/?sort=title&page={beyond}")).await;
        assert_eq!(page.titles(), last.titles(), "page {beyond}");
    }
}

#[tokio::test]
async fn the_filter_is_a_plain_form_that_keeps_what_was_typed() {
    let browser = Browser::new();
    for (title, author, year) in [
        ("Bumi Manusia", "Pramoedya Ananta Toer", 1980),
        ("Rumah Kaca", "Pramoedya Ananta Toer", 1988),
        ("Saman", "Ayu Utami", 1998),
    ] {
        browser.add(json!({"title": title, "author": author, "year": year})).await;
    }
    let page = browser.get("/?author=pramoedya+ananta+TOER&year.from=&year.to=1985&sort=-id").await;
    assert_eq!(page.titles(), ["Bumi Manusia"]);
    assert!(page.has("1 book matches the filter"));
    assert!(page.has(r#"name="author" value="pramoedya ananta TOER""#));
    assert!(page.has(r#"data-filter="{&quot;author&quot;:&quot;pramoedya ananta TOER&quot;,&quot;year&quot;:{&quot;to&quot;:&quot;1985&quot;}}""#));
    assert!(page.has(r#"<form method="get" action="/">"#) && page.has("Clear filter"));

    let none = browser.get("/?title=Bumi").await;
    assert!(none.titles().is_empty() && none.has("No book matches the filter."));
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_says_so_at_its_field() {
    let browser = Browser::new().with(header::ACCEPT_LANGUAGE, "id");
    browser.add(json!({"title": "A"})).await;
    let page = browser.get("/?year.from=dulu&isbn=123").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.titles().is_empty());
    assert!(page.has(r#"id="filter-year-from-error">Tulis tahun"#), "{}", page.body);
    assert!(page.has(r#"id="filter-isbn-error">ISBN ini tidak benar"#));
    assert!(page.has(r#"value="dulu""#));
}

#[tokio::test]
async fn a_book_has_a_page_and_programs_get_json() {
    let browser = Browser::new();
    browser
        .add(json!({
            "title": "Laskar Pelangi", "author": "Andrea Hirata", "publisher": "Bentang Pustaka", "year": 2005,
            "pages": 1529, "edition": "1st", "description": "Satu\nDua", "isbn": "9789793062792", "language": "id",
            "subjects": ["Fiksi", "Pendidikan"], "series": "LP 1", "shelf": "A-3", "barcode": "2000001", "stock": 3,
            "price": {"amount": "79000.50", "currency": "IDR"}, "extra": {"pemasok": "Gramedia"},
        }))
        .await;
    let page = browser.get("/books/1").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "<title>Laskar Pelangi – Bookstore</title>",
        "Andrea Hirata",
        "Bentang Pustaka",
        ">2005<",
        "1,529",
        "1st",
        "Satu\nDua",
        "9789793062792",
        "Fiksi; Pendidikan",
        "LP 1",
        "A-3",
        "2000001",
        ">3<",
        "Rp\u{a0}79,000.50",
        "<b>pemasok</b>: Gramedia",
        "Available",
        r#"data-filter="{&quot;id&quot;:1}""#,
        "revision 1",
        r#"href="/""#,
    ] {
        assert!(page.has(part), "no {part}");
    }
    let program = browser.without_accept();
    let json: Value = serde_json::from_str(&program.get("/books/1").await.body).unwrap();
    assert_eq!(json["title"], "Laskar Pelangi");
}

#[tokio::test]
async fn where_nothing_is_people_get_a_page_with_a_way_back_and_programs_a_problem() {
    let browser = Browser::new();
    browser.add(json!({"title": "A"})).await;
    browser.ask("DELETE", "/books/1", Body::empty()).await;
    for (path, says) in [
        ("/nowhere", "There is nothing at /nowhere."),
        ("/books/1", "Book 1 has been deleted."),
        ("/books/77", "There is no book 77."),
        ("/books/abc", "There is nothing at /books/abc."),
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.has(says) && page.has(r#"<a class="button primary" href="/">Show all books</a>"#), "{path}");
        assert_eq!(page.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
    }
    let program = browser.without_accept();
    for path in ["/nowhere", "/books/1", "/books/abc"] {
        let problem = program.get(path).await;
        assert_eq!(problem.status, StatusCode::NOT_FOUND);
        assert_eq!(problem.header(header::CONTENT_TYPE), "application/problem+json");
    }
}

#[tokio::test]
async fn pages_are_asked_for_anew_and_vary_on_what_was_looked_at() {
    let browser = Browser::new();
    browser.add(json!({"title": "A"})).await;
    for (path, varies) in [
        ("/", "Accept-Language, Cookie"),
        ("/books/1", "Accept-Language, Cookie, Accept"),
        ("/no", "Accept-Language, Cookie, Accept"),
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.header(header::CACHE_CONTROL), "no-cache", "{path}");
        assert!(page.headers.get(header::ETAG).is_none(), "{path}");
        assert!(page.header(header::VARY).starts_with(varies), "{path}: {}", page.header(header::VARY));
        let head = browser.ask("HEAD", path, Body::empty()).await;
        assert_eq!((head.status, head.body.as_str()), (page.status, ""), "{path}");
    }
}

#[tokio::test]
async fn pages_obey_their_own_content_security_policy() {
    let browser = Browser::new();
    browser
        .add(json!({"title": "A", "author": "B", "price": {"amount": 1, "currency": "IDR"}, "extra": {"a": "b"}}))
        .await;
    for path in ["/", "/books/1", "/nowhere", "/?year.from=x"] {
        let page = browser.get(path).await;
        let policy = page.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{policy}");
        for tag in page.between("<", ">") {
            let is_script = tag.starts_with("script");
            assert!(!is_script || tag.contains(" src=") || tag.contains(r#"type="application/json""#), "{path}: {tag}");
            assert!(!tag.starts_with("style") && !tag.contains(" style="), "{path}: {tag}");
            let mut attributes = tag.split(' ').skip(1).filter_map(|part| part.split_once('='));
            assert!(!attributes.any(|(name, _)| name.starts_with("on")), "{path}: {tag}");
        }
    }
}

#[tokio::test]
async fn whatever_a_page_loads_comes_from_here_and_may_be_kept_for_ever() {
    let browser = Browser::new();
    browser.add(json!({"title": "A"})).await;
    let mut loaded = BTreeSet::new();
    for path in ["/", "/books/1", "/nowhere"] {
        let page = browser.get(path).await;
        assert!(!page.has("http://") && !page.has("https://"), "{path} names another site");
        let addresses = page.between("href=\"", "\"").into_iter().chain(page.between("src=\"", "\""));
        loaded.extend(addresses.filter(|address| address.starts_with("/assets/")).map(str::to_owned));
    }
    assert!(loaded.len() >= 20, "{loaded:?}");
    for address in &loaded {
        let asset = browser.get(address).await;
        assert_eq!(asset.status, StatusCode::OK, "{address}");
        assert!(asset.header(header::CACHE_CONTROL).contains("immutable"), "{address}");
        assert_eq!(asset.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        let media_type = asset.header(header::CONTENT_TYPE);
        let expected = match address.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(media_type, expected, "{address}");
    }
}

#[tokio::test]
async fn assets_of_another_build_are_the_present_ones_and_not_kept() {
    let browser = Browser::new();
    let asset = browser.get("/assets/000000000000/main.js").await;
    assert_eq!((asset.status, asset.header(header::CACHE_CONTROL)), (StatusCode::OK, "no-cache".to_owned()));
    for nothing in ["/assets/x/nothing.js", "/assets/x/..%2F..%2Flib.rs", "/assets/x", "/assets/"] {
        assert_eq!(browser.get(nothing).await.status, StatusCode::NOT_FOUND, "{nothing}");
    }
}

#[tokio::test]
async fn without_scripts_nothing_is_offered_that_needs_them() {
    let browser = Browser::new();
    browser.add(json!({"title": "A"})).await;
    for path in ["/", "/books/1"] {
        let page = browser.get(path).await;
        assert!(page.has("<noscript><p class=\"notice\">Without JavaScript"), "{path}");
        let sheet = page.between("<noscript><link rel=\"stylesheet\" href=\"", "\"");
        assert!(browser.get(sheet[0]).await.has(".needs-script { display: none !important; }"), "{path}");
        let outside = page.body.split("<dialog").next().unwrap();
        for button in outside.split("<button").skip(1).map(|rest| rest.split_once("</button>").unwrap().0) {
            let is_plain = button.contains(r#"type="submit""#);
            let is_hidden =
                button.contains("needs-script") || button.contains("data-action") || button.contains("Try now");
            assert!(is_plain || is_hidden, "{path}: {button}");
        }
    }
}

#[tokio::test]
async fn a_page_names_the_revision_from_which_its_scripts_go_on() {
    let browser = Browser::new();
    browser.add_many(3).await;
    let revision = browser.engine.view().revision();
    for path in ["/", "/books/2"] {
        let page = browser.get(path).await;
        assert!(page.has(&format!(r#"data-revision="{revision}" data-store="store""#)), "{path}");
    }
}
