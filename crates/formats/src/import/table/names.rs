//! What people and programs call a column.

use catalogue::{Field, fold};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Our own number of the book. Numbers of other systems ("book_id", "Text#") are not ids.
    Id,
    /// A field of the book.
    Field(Field),
    /// The currency of the price.
    Currency,
}

/// A column's name that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) target: Target,
    /// The lower, the better: of two columns for one field the better one is read. 0 is our own name for it.
    pub(super) rank: usize,
}

/// For each target our own name, then others, the best ones first. English and Indonesian, and the names in the files of
/// Goodreads, Project Gutenberg, the British Library and HathiTrust.
const NAMES: &[(Target, &[&str])] = &[
    (Target::Id, &["id"]),
    (
        Target::Field(Field::Title),
        &["title", "judul", "judul buku", "book title", "nama buku", "short title", "shorttitle"],
    ),
    (
        Target::Field(Field::Author),
        &[
            "author",
            "authors",
            "pengarang",
            "penulis",
            "nama pengarang",
            "nama penulis",
            "author name",
            "author s",
            "writer",
            "first author",
            "pengarang penulis",
        ],
    ),
    (
        Target::Field(Field::Publisher),
        &["publisher", "penerbit", "nama penerbit", "publisher name", "publishers", "publishing house"],
    ),
    (
        Target::Field(Field::Year),
        &[
            "year",
            "tahun",
            "tahun terbit",
            "year published",
            "publication year",
            "year of publication",
            "published year",
            "pub year",
            "thn terbit",
            "thn",
            "tahun penerbitan",
            "date of publication",
            "publication date",
            "date published",
            "publish date",
            "published date",
            "published",
            "tanggal terbit",
            "tgl terbit",
            "date",
            "original publication year",
            "inferreddate",
        ],
    ),
    (
        Target::Field(Field::Pages),
        &[
            "pages",
            "halaman",
            "jumlah halaman",
            "jml halaman",
            "jml hlm",
            "hlm",
            "num pages",
            "number of pages",
            "page count",
            "pagecount",
            "total pages",
            "tebal",
            "tebal buku",
        ],
    ),
    (Target::Field(Field::Edition), &["edition", "edisi", "edisi cetakan", "cetakan"]),
    (
        Target::Field(Field::Description),
        &[
            "description",
            "deskripsi",
            "keterangan",
            "sinopsis",
            "synopsis",
            "summary",
            "ringkasan",
            "abstract",
            "abstrak",
        ],
    ),
    (Target::Field(Field::Status), &["status", "status buku", "ketersediaan", "availability"]),
    (
        Target::Field(Field::Isbn),
        &["isbn", "isbn13", "isbn 13", "isbn10", "isbn 10", "no isbn", "nomor isbn", "kode isbn", "isbn issn"],
    ),
    (Target::Field(Field::Language), &["language", "bahasa", "language code", "lang", "bahasa buku", "kode bahasa"]),
    (
        Target::Field(Field::Subjects),
        &[
            "subjects",
            "subject",
            "subjek",
            "kategori",
            "category",
            "categories",
            "genre",
            "genres",
            "kata kunci",
            "keywords",
            "tags",
            "tema",
            "topik",
            "subject headings",
        ],
    ),
    (Target::Field(Field::Series), &["series", "seri", "judul seri", "series title", "nama seri"]),
    (
        Target::Field(Field::Shelf),
        &["shelf", "rak", "lokasi rak", "lokasi", "nomor rak", "no rak", "kode rak", "shelf location"],
    ),
    (
        Target::Field(Field::Barcode),
        &[
            "barcode",
            "kode",
            "kode buku",
            "kode barang",
            "kode batang",
            "bar code",
            "kode barcode",
            "sku",
            "item code",
            "nomor inventaris",
            "no inventaris",
        ],
    ),
    (
        Target::Field(Field::Stock),
        &[
            "stock",
            "stok",
            "jumlah",
            "eksemplar",
            "jumlah eksemplar",
            "jml eksemplar",
            "jumlah buku",
            "jumlah stok",
            "jml",
            "qty",
            "quantity",
            "copies",
            "kuantitas",
        ],
    ),
    (
        Target::Field(Field::Price),
        &[
            "price",
            "harga",
            "harga jual",
            "harga satuan",
            "harga buku",
            "selling price",
            "list price",
            "retail price",
            "unit price",
        ],
    ),
    (Target::Currency, &["currency", "mata uang", "kode mata uang", "valuta", "price currency"]),
];

/// The column of that name, which comes from [`normal`].
pub(super) fn find(name: &str) -> Option<Known> {
    NAMES.iter().find_map(|(target, names)| {
        let rank = names.iter().position(|known| *known == name)?;
        Some(Known { target: *target, rank })
    })
}

/// A name without case, accents, line breaks and signs: " Tahun_Terbit" and "TAHUN TERBIT" are the same.
pub(super) fn normal(name: &str) -> String {
    let folded = fold(name);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
