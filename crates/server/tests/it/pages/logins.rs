//! The pages for who must log in first, and for who may only look.

use std::sync::Arc;
use std::time::Duration;

use access::{Lifetime, Reading, Role};
use axum::body::Body;
use axum::http::header;
use serde_json::json;

use super::browser::Browser;
use crate::fixture::{Keys, guarded};

fn guarded_shop(reading: Reading) -> (Browser, Keys) {
    let (app, keys) = guarded(reading);
    (Browser::of(app), keys)
}

fn cookie(token: &str) -> String {
    format!("bookstore_session={token}")
}

#[tokio::test]
async fn a_page_asked_for_without_a_login_comes_after_it() {
    let (browser, keys) = guarded_shop(Reading::LoggedIn);
    for (path, login) in [
        ("/", "/login"),
        ("/?author=Ayu%20Utami&sort=title", "/login?next=%2F%3Fauthor%3DAyu%2520Utami%26sort%3Dtitle"),
        ("/books/7", "/login?next=%2Fbooks%2F7"),
    ] {
        let page = browser.get(path).await;
        assert_eq!((page.status.as_u16(), page.header(header::LOCATION).as_str()), (303, login), "{path}");
    }
    let page = browser.get("/login?next=%2Fbooks%2F7").await;
    assert_eq!((page.status.as_u16(), page.header(header::CACHE_CONTROL).as_str()), (200, "no-store"));
    assert!(page.has(r#"type="password""#) && page.has(r#"name="next" value="/books/7""#), "{}", page.body);

    let form = format!("token=%20{}%0a&next=%2Fbooks%2F7", keys.editor);
    let answer = browser.form("/login", &form).await;
    assert_eq!((answer.status.as_u16(), answer.header(header::LOCATION).as_str()), (303, "/books/7"));
    let expected = format!("{}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict", cookie(&keys.editor));
    assert_eq!(answer.header(header::SET_COOKIE), expected);

    let browser = browser.with(header::COOKIE, &cookie(&keys.editor));
    let home = browser.get("/").await;
    assert!(home.has(">editor<") && home.has(r#"action="/logout""#) && home.has(r#"id="add""#), "{}", home.body);
    let login = browser.get("/login?next=%2Fbooks%2F7").await;
    assert_eq!(login.header(header::LOCATION), "/books/7", "who is logged in already goes on");
}

#[tokio::test]
async fn a_token_that_is_not_good_is_told_on_the_page_and_not_repeated() {
    let (browser, keys) = guarded_shop(Reading::LoggedIn);
    let page = browser.form("/login", &format!("token={}&next=%2Fbooks%2F7", keys.expired)).await;
    assert_eq!(page.status.as_u16(), 401);
    assert!(page.has("This token is not good") && page.has(r#"value="/books/7""#), "{}", page.body);
    assert!(!page.has(&keys.expired) && page.header(header::SET_COOKIE).is_empty());
    let page = browser.with(header::ACCEPT_LANGUAGE, "id").form("/login", "token=wrong").await;
    assert!(page.has("Token ini tidak berlaku"), "{}", page.body);
}

#[tokio::test]
async fn a_wrong_token_is_told_beside_its_field_which_names_both_error_and_hint() {
    let (browser, _) = guarded_shop(Reading::LoggedIn);
    let page = browser.form("/login", "token=wrong").await;
    let field = page.between("<input id=\"token\"", ">")[0];
    for attribute in [
        r#"type="password""#,
        r#"autocomplete="current-password""#,
        r#"aria-describedby="token-error token-hint""#,
        r#"aria-invalid="true""#,
    ] {
        assert!(field.contains(attribute), "{attribute}: {field}");
    }
    for part in [r#"<label for="token">"#, r#"<p class="error" id="token-error" role="alert">"#, r#"id="token-hint""#] {
        assert!(page.has(part), "{part}: {}", page.body);
    }
}

#[tokio::test]
async fn who_is_logged_in_for_a_minute_at_most_may_log_in_anew() {
    let (app, keys) = guarded(Reading::LoggedIn);
    let access = Arc::clone(&app.options.access);
    let mut browser = Browser::of(app);
    for (name, seconds, status) in [("long", 3_600, 303), ("short", 59, 200)] {
        let lifetime = Lifetime::Limited(Duration::from_secs(seconds));
        let (_, secret) = access.tokens().create(name, Role::Editor, lifetime, access.now()).unwrap();
        browser.headers.insert(header::COOKIE, cookie(secret.reveal()).parse().unwrap());
        let page = browser.get("/login?next=%2Fbooks%2F7").await;
        assert_eq!(page.status.as_u16(), status, "{name}");
        assert_eq!(page.has("The login of short ends soon"), name == "short");
        let answer = browser.form("/login", &format!("token={}&next=%2Fbooks%2F7", keys.editor)).await;
        assert!(answer.header(header::SET_COOKIE).starts_with(&cookie(&keys.editor)));
    }
}

#[tokio::test]
async fn a_page_tells_its_scripts_whose_login_it_was_made_for() {
    let (browser, keys) = guarded_shop(Reading::Public);
    for path in ["/", "/login"] {
        assert!(browser.get(path).await.has(r#"data-login="""#), "{path}");
    }
    assert!(!browser.get("/nowhere").await.has("data-login"), "nobody was asked");
    let browser = browser.with(header::COOKIE, &cookie(&keys.reader));
    assert!(browser.get("/").await.has(r#"data-login="reader""#));
}

#[tokio::test]
async fn a_browser_keeps_no_page_that_was_made_for_somebody() {
    let (browser, keys) = guarded_shop(Reading::Public);
    let editor = browser.with(header::COOKIE, &cookie(&keys.editor));
    editor.add(json!({"title": "Saman"})).await;
    let paths = ["/", "/books/1", "/books/7"];
    for path in paths {
        assert_eq!(editor.get(path).await.header(header::CACHE_CONTROL), "no-store", "{path}");
    }
    let stranger = editor.without(header::COOKIE);
    for path in paths {
        assert_eq!(stranger.get(path).await.header(header::CACHE_CONTROL), "no-cache", "{path}");
    }
}

#[tokio::test]
async fn a_reader_of_an_empty_shop_is_not_asked_to_fill_it() {
    let (browser, keys) = guarded_shop(Reading::LoggedIn);
    let page = browser.with(header::COOKIE, &cookie(&keys.reader)).get("/").await;
    assert!(page.has("There are no books yet.") && !page.has("Add the first one"), "{}", page.body);
    assert!(!page.has("<kbd>n</kbd>"));
}

#[tokio::test]
async fn a_login_goes_nowhere_else() {
    let (browser, keys) = guarded_shop(Reading::LoggedIn);
    for next in [
        "//evil.example",
        "https://evil.example/",
        "/%5Cevil.example",
        "javascript:alert(1)",
        "%2f%2fevil.example",
        "%5C%5Cevil.example",
        "/%09/evil.example",
        "HTTPS:evil.example",
    ] {
        let answer = browser.form("/login", &format!("token={}&next={next}", keys.reader)).await;
        assert_eq!(answer.header(header::LOCATION), "/", "{next}");
        let page = browser.get(&format!("/login?next={next}")).await;
        assert!(page.has(r#"name="next" value="/""#), "{next}: {}", page.body);
    }
}

#[tokio::test]
async fn a_cookie_whose_token_has_ended_leads_to_the_login_and_logging_out_forgets_it() {
    for reading in [Reading::LoggedIn, Reading::Public] {
        let (browser, keys) = guarded_shop(reading);
        let browser = browser.with(header::COOKIE, &cookie(&keys.expired));
        assert_eq!(browser.get("/").await.header(header::LOCATION), "/login");
        let login = browser.get("/login").await;
        assert_eq!(login.status.as_u16(), 200, "which shows, and does not lead back");
        assert!(login.has("You are no longer logged in"), "{}", login.body);
        assert_eq!(login.has("Go on without logging in"), reading == Reading::Public);
        let forgotten = "bookstore_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict";
        assert_eq!(login.header(header::SET_COOKIE), forgotten, "who may read without a login can go on");
        let out = browser.ask("POST", "/logout", Body::empty()).await;
        assert_eq!((out.header(header::LOCATION).as_str(), out.header(header::SET_COOKIE).as_str()), ("/", forgotten));
    }
}

#[tokio::test]
async fn who_may_only_look_sees_nothing_to_edit_with() {
    let controls = [r#"id="add""#, r#"data-action="edit""#, r#"data-action="delete""#];
    for reading in [Reading::LoggedIn, Reading::Public] {
        let (browser, keys) = guarded_shop(reading);
        let editor = browser.with(header::COOKIE, &cookie(&keys.editor));
        editor.add(json!({"title": "Saman"})).await;
        let home = editor.get("/").await;
        assert!(controls.iter().all(|control| home.has(control)), "{}", home.body);

        let reader = editor.with(header::COOKIE, &cookie(&keys.reader));
        for path in ["/", "/books/1"] {
            let page = reader.get(path).await;
            assert!(page.has("Saman"), "{path}");
            assert!(controls.iter().all(|control| !page.has(control)), "{path}: {}", page.body);
        }
        if reading == Reading::Public {
            let stranger = reader.without(header::COOKIE);
            for (path, login) in [("/", "/login"), ("/books/1", "/login?next=%2Fbooks%2F1")] {
                let page = stranger.get(path).await;
                assert!(page.has("Saman") && page.has(&format!(r#"class="session" href="{login}""#)), "{}", page.body);
            }
            let page = stranger.get("/").await;
            assert!(controls.iter().all(|control| !page.has(control)));
        }
    }
}
