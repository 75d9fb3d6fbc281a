//! Each method, asked by a client that we did not write.

use std::collections::BTreeSet;

use engine::Limits;
use serde_json::{Value, json};

use crate::fixture::{Server, careful_app};

#[tokio::test]
async fn books_are_created_read_updated_replaced_and_deleted() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let created = client.call("books.create", json!({"book": {"title": " Saman ", "year": "1998"}})).await;
    assert_eq!((&created["revision"], &created["book"]["title"]), (&json!(1), &json!("Saman")));
    assert_eq!(client.call("books.get", json!({"id": 1})).await, created);
    let updated = client.call("books.update", json!({"id": 1, "set": {"shelf": "A"}, "add": {"stock": 2}})).await;
    assert_eq!((&updated["book"]["shelf"], &updated["book"]["stock"]), (&json!("A"), &json!(2)));
    let replaced = client.call("books.replace", json!({"id": 1, "book": {"title": "Larung"}})).await;
    assert_eq!((&replaced["book"]["title"], replaced["book"].get("shelf")), (&json!("Larung"), None));
    let page = client.call("books.list", json!({})).await;
    assert_eq!(page, json!({"revision": 3, "books": [replaced["book"]], "total": 1, "next": null}));
    assert_eq!(client.call("books.delete", json!({"id": 1})).await, json!({"revision": 4, "id": 1}));
    assert_eq!(client.refused("books.get", json!({"id": 1})).await["code"], -32001);
}

#[tokio::test]
async fn an_update_sets_adds_and_minds_the_revision() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.add("Saman").await;
    let updated = client
        .call(
            "books.update",
            json!({"id": 1, "set": {"shelf": "A", "year": null}, "add": {"stock": 3}, "if_revision": 1}),
        )
        .await;
    assert_eq!((&updated["book"]["shelf"], &updated["book"]["stock"]), (&json!("A"), &json!(3)));
    let old = client.refused("books.update", json!({"id": 1, "set": {"shelf": "B"}, "if_revision": 1})).await;
    assert_eq!((&old["code"], &old["data"]["book"]), (&json!(-32002), &updated["book"]));
    assert_eq!(client.refused("books.update", json!({"id": 1, "add": {"stock": -4}})).await["code"], -32002);
    assert_eq!(
        client.refused("books.replace", json!({"id": 1, "book": {"title": "x"}, "if_revision": 1})).await["code"],
        -32002
    );
    assert_eq!(client.refused("books.delete", json!({"id": 1, "if_revision": 1})).await["code"], -32002);
    assert_eq!(client.refused("books.update", json!({"id": 2, "set": {}})).await["code"], -32001);
    assert_eq!(client.refused("books.update", json!({"id": 1, "set": {"id": 2}})).await["code"], -32602);
}

#[tokio::test]
async fn a_transaction_answers_each_operation_and_is_all_or_nothing() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let operations = json!([
        {"create": {"book": {"title": "Saman"}}}, {"update": {"id": 1, "set": {"year": 1998}}},
        {"create": {"book": {"title": "Larung"}}}, {"replace": {"id": 2, "book": {"title": "Ziarah"}}}, {"delete": {"id": 1}},
    ]);
    let done = client.call("books.transact", json!({"operations": operations})).await;
    assert_eq!(done["revision"], 1);
    let titles: Vec<&Value> =
        done["results"].as_array().unwrap().iter().map(|result| &result["book"]["title"]).collect();
    assert_eq!(titles, [&json!("Saman"), &json!("Saman"), &json!("Larung"), &json!("Ziarah"), &Value::Null]);
    assert_eq!(done["results"][4], json!({"id": 1}));
    let wrong = json!({"operations": [{"delete": {"id": 2}}, {"update": {"id": 2, "set": {"year": "soon"}}}]});
    let refused = client.refused("books.transact", wrong).await;
    assert_eq!((&refused["data"]["operation"], &refused["data"]["type"]), (&json!(1), &json!("not_found")));
    assert_eq!(client.call("books.get", json!({"id": 2})).await["revision"], 1);
}

#[tokio::test]
async fn a_request_id_is_answered_once_and_for_all() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let params = json!({"book": {"title": "Saman"}, "request_id": "till-1/1"});
    let first = client.call("books.create", params.clone()).await;
    client.call("books.delete", json!({"id": 1})).await;
    assert_eq!(client.call("books.create", params).await, first);
    let other = json!({"book": {"title": "Larung"}, "request_id": "till-1/1"});
    let refused = client.refused("books.create", other).await;
    assert_eq!((&refused["code"], &refused["data"]["type"]), (&json!(-32009), &json!("request_id_reused")));
    assert_eq!(client.call("server.info", json!({})).await["revision"], 2);
}

#[tokio::test]
async fn a_careful_server_asks_for_the_revision() {
    let server = Server::serve(careful_app()).await;
    let mut client = server.client().await;
    client.add("Saman").await;
    for (method, params) in [
        ("books.update", json!({"id": 1, "set": {"year": 1998}})),
        ("books.replace", json!({"id": 1, "book": {"title": "x"}})),
        ("books.delete", json!({"id": 1})),
    ] {
        let refused = client.refused(method, params).await;
        assert_eq!(
            (&refused["code"], &refused["data"]["type"]),
            (&json!(-32008), &json!("revision_required")),
            "{method}"
        );
    }
    client.call("books.update", json!({"id": 1, "add": {"stock": 1}})).await;
    client.call("books.delete", json!({"id": 1, "if_revision": 2})).await;
}

#[tokio::test]
async fn a_list_is_filtered_sorted_and_paged_to_its_end() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for number in 0..25 {
        let book = json!({"title": format!("Book {}", number % 5), "year": 2000 + number});
        client.call("books.create", json!({"book": book})).await;
    }
    let mut params = json!({"limit": 10, "sort": "title", "filter": {"year": {"from": 2001}}});
    let mut seen = Vec::new();
    loop {
        let page = client.call("books.list", params.clone()).await;
        assert_eq!((&page["revision"], &page["total"]), (&json!(25), &json!(24)));
        seen.extend(
            page["books"].as_array().unwrap().iter().map(|book| (book["title"].to_string(), book["id"].as_u64())),
        );
        if page["next"].is_null() {
            break;
        }
        params["cursor"] = page["next"].clone();
    }
    assert!(seen.len() == 24 && seen.is_sorted(), "{seen:?}");
    assert_eq!(client.call("books.list", json!({})).await["books"].as_array().unwrap().len(), 25);
    for later in ["search", "facets", "explain"] {
        let refused = client.refused("books.list", json!({later: "x"})).await;
        assert_eq!((&refused["code"], &refused["data"]["fields"][0]["field"]), (&json!(-32602), &json!(later)));
    }
}

#[tokio::test]
async fn a_page_ends_early_rather_than_pass_the_limit_of_a_message() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for id in 1..=60 {
        let book = json!({"id": id, "title": "x", "description": "x".repeat(19_000)});
        client.call("books.create", json!({"book": book})).await;
    }
    let first = client.call("books.list", json!({"limit": 1000})).await;
    let books = first["books"].as_array().unwrap().len();
    assert!((50..60).contains(&books) && first["next"].is_string(), "{books}");
    let rest = client.call("books.list", json!({"limit": 1000, "cursor": first["next"]})).await;
    assert_eq!((rest["books"].as_array().unwrap().len() + books, &rest["next"]), (60, &Value::Null));
}

#[tokio::test]
async fn a_page_has_room_for_a_cursor_of_a_long_text() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let create = json!({"create": {"book": {"title": "\u{66f8}".repeat(1_000)}}});
    for _ in 0..4 {
        client.call("books.transact", json!({"operations": vec![&create; 100]})).await;
    }
    client.begin("books.list", json!({"limit": 1000, "sort": "title"})).await;
    let page = client.text().await;
    assert!(page.len() <= Limits::default().message_bytes_max, "{} bytes", page.len());
    assert!(serde_json::from_str::<Value>(&page).unwrap()["result"]["next"].is_string());
}

#[tokio::test]
async fn the_server_tells_what_it_is_and_every_limit() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.add("Saman").await;
    let info = client.call("server.info", json!({})).await;
    let told = json!({"name": info["name"], "store": info["store"], "revision": info["revision"], "books": info["books"], "clients": info["clients"]});
    assert_eq!(told, json!({"name": "bookstore", "store": "store", "revision": 1, "books": 1, "clients": 1}));
    assert!(info["version"].is_string());
    let limits = Limits::default();
    let written = format!("{limits:?}");
    let named = info["limits"].as_object().unwrap();
    for name in written.split([' ', '{', ',']).filter_map(|word| word.strip_suffix(':')) {
        let seconds = format!("{name}_s");
        assert!(named.contains_key(name) || named.contains_key(&seconds), "{name} is not told");
    }
    assert_eq!((&named["message_bytes_max"], &named["stalled_max_s"]), (&json!(1_048_576), &json!(30.0)));
    assert_eq!(limits.page_books, protocol::method::PAGE_BOOKS);
    assert_eq!(limits.page_books_max, protocol::method::PAGE_BOOKS_MAX);
    assert_eq!(limits.request_id_chars_max, protocol::method::REQUEST_ID_CHARS_MAX);
    drop(server.client().await);
}

#[tokio::test]
async fn the_description_names_every_method() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let document = client.call("rpc.discover", json!({})).await;
    let methods = document["methods"].as_array().unwrap().iter();
    let names: BTreeSet<&str> = methods.map(|method| method["name"].as_str().unwrap()).collect();
    let expected = [
        "books.create",
        "books.delete",
        "books.get",
        "books.list",
        "books.replace",
        "books.subscribe",
        "books.transact",
        "books.unsubscribe",
        "books.update",
        "rpc.discover",
        "server.info",
        "session.login",
    ];
    assert_eq!(names, BTreeSet::from(expected));
}
