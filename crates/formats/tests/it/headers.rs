//! What columns are called.

use expect_test::expect;
use serde_json::json;

use crate::fixture::{cell, check_csv, open, shown};

#[test]
fn our_own_names_are_known_whatever_their_case_and_blanks() {
    check_csv(
        "\u{feff}ID, Title ,AUTHOR,Publisher\n1,Saman,Ayu Utami,KPG\n",
        expect![[r#"
        2 {"author":"Ayu Utami","id":1,"publisher":"KPG","title":"Saman"}
    "#]],
    );
    check_csv(
        "title,\"extra.my\nshelf\",extra.Supplier\nSaman,x,y\n",
        expect![[r#"
            3 {"extra":{"Supplier":"y","my\nshelf":"x"},"title":"Saman"}
        "#]],
    );
}

#[test]
fn indonesian_names_are_known() {
    for (name, value, field, expected) in [
        ("Pengarang", "Ayu Utami; Laksmi", "author", json!("Ayu Utami; Laksmi")),
        ("penulis", "A;B", "author", json!("A; B")),
        ("Penerbit", "KPG", "publisher", json!("KPG")),
        ("TAHUN_TERBIT", "1998", "year", json!(1998)),
        ("Jumlah Halaman", "195 hlm.", "pages", json!(195)),
        ("Edisi", "Kedua", "edition", json!("Kedua")),
        ("Sinopsis", "…", "description", json!("…")),
        ("Keterangan", "rusak", "description", json!("rusak")),
        ("Status Buku", "dipinjam", "status", json!("dipinjam")),
        ("Bahasa", "Indonesia", "language", json!("id")),
        ("Subjek", "Novel, roman; Sastra", "subjects", json!(["Novel, roman", "Sastra"])),
        ("Kata Kunci", "novel, sastra", "subjects", json!(["novel", "sastra"])),
        ("Seri", "Saman 1", "series", json!("Saman 1")),
        ("Rak", "A-3", "shelf", json!("A-3")),
        ("Kode Buku", "0012", "barcode", json!("0012")),
        ("Jumlah Eksemplar", "3", "stock", json!(3)),
        ("Harga (Rp)", "79.000", "price", json!({"amount": "79000", "currency": "IDR"})),
        ("Harga Jual", "Rp 79.000", "price", json!({"amount": "79000", "currency": "IDR"})),
    ] {
        assert_eq!(cell(name, value, field).0, expected, "{name}");
    }
    assert_eq!(shown("a.csv", "Judul Buku,x\nSaman,\n"), "2 {\"title\":\"Saman\"}\nunknown: x\n");
}

#[test]
fn numbers_of_other_systems_are_no_ids() {
    check_csv(
        "book_id,bookID,Text#,No.,title\n1,2,3,4,Saman\n",
        expect![[r#"
        2 {"title":"Saman"}
        unknown: book_id, bookID, Text#, No.
    "#]],
    );
}

#[test]
fn unknown_columns_are_named_once_and_left_out() {
    check_csv(
        "title,mood,,mood\nSaman,dark,x,light\nLarung,dark,x,light\n",
        expect![[r#"
        2 {"title":"Saman"}
        3 {"title":"Larung"}
        unknown: mood, (column 3)
    "#]],
    );
}

#[test]
fn a_column_that_stands_there_twice_is_an_error() {
    for header in ["id,title,title", "title,Title", "title,extra.a,extra.a", "isbn,ISBN,title"] {
        let error = open("a.csv", format!("{header}\n1,2,3\n")).err().unwrap();
        assert!(error.0.contains("stands twice"), "{error}");
    }
}

#[test]
fn of_two_names_for_one_field_the_better_one_is_read() {
    check_csv(
        "Judul,title,Tahun,Original Publication Year\nlain,Saman,1999,1998\n",
        expect![[r#"
        2 {"title":"Saman","year":1999}
        unknown: Judul, Original Publication Year
    "#]],
    );
}

#[test]
fn a_missing_header_is_told_with_what_one_looks_like() {
    check_csv(
        "1,Laut Bercerita,Leila S. Chudori,2017\n2,Saman,Ayu Utami,1998\n",
        expect![[r#"
        error: the first row must name the columns, one of them title (or judul), like title,author,publisher,year,isbn; it says: 1,Laut Bercerita,Leila S. Chudori,2017
    "#]],
    );
    let many: Vec<String> = (0..500).map(|number| format!("c{number}")).collect();
    let error = open("a.csv", many.join(",")).err().unwrap().0;
    assert!(error.contains("c0,c1,c2") && error.len() < 300, "{error}");
}

#[test]
fn a_table_without_titles_needs_something_else_to_find_books_by() {
    assert_eq!(shown("a.csv", "id,stock\n1,3\n"), "2 {\"id\":1,\"stock\":3}\n");
    assert!(open("a.csv", "author,stock\nx,3\n").is_err());
    assert!(open("a.csv", "id,mood\n1,dark\n").is_err());
}

#[test]
fn a_header_alone_is_no_book_and_no_error() {
    let mut import = open("a.csv", "id,title\n").unwrap();
    assert_eq!(import.header(), ["id", "title"]);
    assert!(import.next().is_none());
}

#[test]
fn the_lists_of_goodreads_are_known() {
    check_csv(
        "book_id,goodreads_book_id,isbn,isbn13,authors,original_publication_year,original_title,title,language_code\n\
         1,2767052,439023483,9.78043902348e+12,\"Suzanne Collins, Other Name\",2008.0,x,The Hunger Games,eng\n",
        expect![[r#"
        2 {"author":"Suzanne Collins; Other Name","isbn":"9780439023481","language":"en","title":"The Hunger Games","year":2008}
          isbn: 439023483 had lost its first zero, 0439023483 is proven by its check digit
        unknown: book_id, goodreads_book_id, original_title
    "#]],
    );
    check_csv(
        "bookID,title,authors,average_rating,isbn,isbn13,language_code,  num_pages,ratings_count,publication_date,publisher\n\
         1,Half-Blood Prince,J.K. Rowling/Mary GrandPré,4.57,0439785960,9780439785969,en-US,652,2,9/16/2006,Scholastic Inc.\n",
        expect![[r#"
        2 {"author":"J.K. Rowling; Mary GrandPré","isbn":"9780439785969","language":"en-US","pages":652,"publisher":"Scholastic Inc.","title":"Half-Blood Prince","year":2006}
        unknown: bookID, average_rating, ratings_count
    "#]],
    );
    check_csv(
        "Book Id,Title,Author,Author l-f,Additional Authors,ISBN,ISBN13,Number of Pages,Year Published,Original Publication Year\n\
         1,Pippi,Astrid Lindgren,\"Lindgren, Astrid\",Louis S.,\"=\"\"0142402494\"\"\",\"=\"\"9780142402498\"\"\",160,2005,1945\n",
        expect![[r#"
        2 {"author":"Astrid Lindgren","isbn":"9780142402498","pages":160,"title":"Pippi","year":2005}
        unknown: Book Id, Author l-f, Additional Authors, Original Publication Year
    "#]],
    );
}

#[test]
fn the_lists_of_libraries_are_known() {
    // Project Gutenberg's "Issued" is when it put the text online.
    check_csv(
        "Text#,Type,Issued,Title,Language,Authors,Subjects,LoCC\n\
         1,Text,1971-12-01,Declaration,en; fr,\"Jefferson, Thomas, 1743-1826\",\"Revolution, 1775-1783; Politics\",E201\n",
        expect![[r#"
        2 {"author":"Jefferson, Thomas, 1743-1826","language":"en","subjects":["Revolution, 1775-1783","Politics"],"title":"Declaration"}
          language: en was taken from "en; fr", a book has one
        unknown: Text#, Type, Issued, LoCC
    "#]],
    );
    let british = "book_identifier\ttitle\tfirst_author\tpublisher\tdate\tlast_image_page\n1\tPoems\tPEACHAM, Henry\t\t[1850?]\t30\n";
    assert_eq!(
        shown("a.tsv", british),
        "2 {\"author\":\"PEACHAM, Henry\",\"title\":\"Poems\",\"year\":1850}\n  year: 1850 was taken from \"[1850?]\"\n\
         unknown: book_identifier, last_image_page\n"
    );
    let hathi = "docid\tauthor\tinferreddate\timprint\tsubjects\tshorttitle\nx\tWace\t1937\tLondon|Dent\tRomances|To 1066\tChronicles\n";
    assert_eq!(
        shown("a.tsv", hathi),
        "2 {\"author\":\"Wace\",\"subjects\":[\"Romances\",\"To 1066\"],\"title\":\"Chronicles\",\"year\":1937}\nunknown: docid, imprint\n"
    );
}
