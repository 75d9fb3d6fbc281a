//! `GET /books`.

use serde_json::{Value, json};

use super::Http;

async fn shelf() -> Http {
    let http = Http::new();
    for (title, author, year) in
        [("Saman", "Ayu Utami", 1998), ("Larung", "Ayu Utami", 2001), ("Pulang", "Leila S. Chudori", 2012)]
    {
        http.send("POST /books", &[], json!({"title": title, "author": author, "year": year})).await;
    }
    http.send("POST /books", &[], json!({"title": "Anonim"})).await;
    http
}

async fn titles(http: &Http, query: &str) -> String {
    let answer = http.get(&format!("/books{query}")).await;
    assert_eq!(answer.outcome(), "200", "{query}: {}", answer.text());
    let books = answer.json();
    let titles: Vec<&str> = books.as_array().unwrap().iter().map(|book| book["title"].as_str().unwrap()).collect();
    format!("{} {}", answer.header("x-total-count"), titles.join(" ")).trim_end().to_owned()
}

#[tokio::test]
async fn books_are_found_by_their_fields() {
    let http = shelf().await;
    let table = [
        ("", "4 Saman Larung Pulang Anonim"),
        ("?author=ayu+utami", "2 Saman Larung"),
        ("?author=AYU%20UTAMI&year=2001", "1 Larung"),
        ("?title=saman&title=pulang", "2 Saman Pulang"),
        ("?year.from=2000", "2 Larung Pulang"),
        ("?year.from=1998&year.to=2001", "2 Saman Larung"),
        ("?year=", "1 Anonim"),
        ("?author=nobody", "0"),
        ("?sort=title", "4 Anonim Larung Pulang Saman"),
        ("?sort=-year", "4 Pulang Larung Saman Anonim"),
        ("?sort=-year&author=Ayu+Utami", "2 Larung Saman"),
    ];
    for (query, expected) in table {
        assert_eq!(titles(&http, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn pages_are_linked_to_the_end() {
    let http = shelf().await;
    let mut path = "/books?sort=title&limit=3&author=Ayu+Utami&author=Leila+S.+Chudori&author=".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = http.get(&path).await;
        assert_eq!((page.status.as_u16(), page.header("x-total-count")), (200, "4"));
        seen.extend(page.json().as_array().unwrap().iter().map(|book| book["title"].clone()));
        let link = page.header("link");
        if link == "-" {
            break;
        }
        let next = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\""));
        path = next.unwrap_or_else(|| panic!("{link}")).to_owned();
    }
    assert_eq!(seen, ["Anonim", "Larung", "Pulang", "Saman"]);
}

#[tokio::test]
async fn without_a_limit_all_books_come_whole() {
    let http = Http::new();
    for id in 1..=200 {
        http.send("POST /books", &[], json!({"id": id, "title": "x", "description": "y".repeat(10_000)})).await;
    }
    for query in ["", "?sort=-title", "?title=x"] {
        let answer = http.get(&format!("/books{query}")).await;
        let ids: Vec<u64> = answer.json().as_array().unwrap().iter().map(|book| book["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, (1..=200).collect::<Vec<_>>(), "{query}");
        assert_eq!((answer.header("x-total-count"), answer.header("link")), ("200", "-"));
    }
    let page = http.get("/books?limit=1000").await;
    assert!(page.body.len() <= 1024 * 1024 && page.header("link") != "-", "a page ends early");
    let page = http.get("/books?limit=2").await;
    assert_eq!(page.json().as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn an_empty_store_is_an_empty_list() {
    let http = Http::new();
    let answer = http.get("/books").await;
    assert_eq!((answer.text(), answer.header("x-total-count"), answer.header("etag")), ("[]", "0", "W/\"0\""));
    assert_eq!(http.get("/books?limit=5").await.text(), "[]");
}

#[tokio::test]
async fn a_wrong_query_is_told_with_every_parameter_that_is_wrong() {
    let http = shelf().await;
    let table: [(&str, &[&str]); 9] = [
        ("?limit=0", &["limit"]),
        ("?limit=1001", &["limit"]),
        ("?limit=x&sort=size", &["limit", "sort"]),
        ("?limit=1&limit=2", &["limit"]),
        ("?cursor=x", &["cursor"]),
        ("?autor=x", &["autor"]),
        ("?year.from=x", &["year"]),
        ("?search=saman", &["search"]),
        ("?facets=author&explain=1&colour=red", &["facets", "explain", "colour"]),
    ];
    for (query, expected) in table {
        let answer = http.get(&format!("/books{query}")).await;
        assert_eq!(answer.outcome(), "422 invalid", "{query}");
        let problem: Value = answer.json();
        let fields: Vec<&str> =
            problem["fields"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        assert!(fields.iter().zip(expected).all(|(field, expected)| field.starts_with(expected)), "{query}: {problem}");
        assert_eq!(fields.len(), expected.len(), "{query}: {problem}");
    }
}
