/** A shelf of well-known books, for tests and for the picture in the README. */
export const BOOKS = [
  { title: "Max Havelaar", author: "Multatuli", publisher: "J. de Ruyter", year: 1860, pages: 336, language: "nl", status: "Checked Out", shelf: "C-4" },
  { title: "Habis Gelap Terbitlah Terang", author: "R.A. Kartini", publisher: "Balai Pustaka", year: 1922, language: "id", shelf: "C-4", stock: 1 },
  { title: "Sitti Nurbaya", author: "Marah Rusli", publisher: "Balai Pustaka", year: 1922, pages: 271, language: "id", shelf: "A-1", stock: 2, price: { amount: 65000, currency: "IDR" } },
  { title: "Salah Asuhan", author: "Abdoel Moeis", publisher: "Balai Pustaka", year: 1928, pages: 260, language: "id", shelf: "A-1", stock: 4, price: { amount: 62000, currency: "IDR" } },
  { title: "Layar Terkembang", author: "Sutan Takdir Alisjahbana", publisher: "Balai Pustaka", year: 1936, language: "id", shelf: "A-1", stock: 1, price: { amount: 58000, currency: "IDR" } },
  { title: "Belenggu", author: "Armijn Pane", publisher: "Dian Rakyat", year: 1940, pages: 150, language: "id", shelf: "A-1", stock: 0, status: "Checked Out", price: { amount: 55000, currency: "IDR" } },
  { title: "Pride and Prejudice", author: "Jane Austen", publisher: "T. Egerton", year: 1813, pages: 432, language: "en", shelf: "C-2", stock: 2, price: { amount: 98000, currency: "IDR" } },
  { title: "Bumi Manusia", author: "Pramoedya Ananta Toer", publisher: "Hasta Mitra", year: 1980, pages: 535, language: "id", series: "Tetralogi Buru 1", shelf: "A-2", stock: 6, price: { amount: 132000, currency: "IDR" }, subjects: ["Fiksi", "Sejarah"] },
  { title: "Ronggeng Dukuh Paruk", author: "Ahmad Tohari", publisher: "Gramedia Pustaka Utama", year: 1982, pages: 408, language: "id", shelf: "A-2", stock: 3, price: { amount: 99000, currency: "IDR" } },
  { title: "Saman", author: "Ayu Utami", publisher: "Kepustakaan Populer Gramedia", year: 1998, pages: 205, language: "id", shelf: "A-2", stock: 2, price: { amount: 80000, currency: "IDR" } },
  { title: "Cantik Itu Luka", author: "Eka Kurniawan", publisher: "Gramedia Pustaka Utama", year: 2002, pages: 505, language: "id", shelf: "A-3", stock: 5, price: { amount: 125000, currency: "IDR" } },
  {
    title: "Laskar Pelangi", author: "Andrea Hirata", publisher: "Bentang Pustaka", year: 2005, pages: 529, edition: "1st",
    description: "Sepuluh anak Belitung, satu sekolah yang hampir ditutup, dan seorang guru yang tidak menyerah.",
    isbn: "9789793062792", language: "id", series: "Laskar Pelangi 1", subjects: ["Fiksi", "Pendidikan"], shelf: "A-3",
    barcode: "2000001", stock: 12, price: { amount: 79000, currency: "IDR" }, extra: { Pemasok: "Gramedia" },
  },
  { title: "Negeri 5 Menara", author: "Ahmad Fuadi", publisher: "Gramedia Pustaka Utama", year: 2009, pages: 423, language: "id", shelf: "A-3", stock: 7, price: { amount: 95000, currency: "IDR" } },
  { title: "Laut Bercerita", author: "Leila S. Chudori", publisher: "Kepustakaan Populer Gramedia", year: 2017, pages: 379, language: "id", shelf: "A-3", stock: 1, status: "Checked Out", price: { amount: 115000, currency: "IDR" } },
];
