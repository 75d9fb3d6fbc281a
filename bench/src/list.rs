//! Lists of a large catalogue: by every sort, with filters that leave about one book in a hundred, page 1 and page 1,000.

mod lister;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::lister::{Lister, Question};
use crate::args::{self, Target};
use crate::latencies::{Latencies, Spread};
use crate::process::Process;
use crate::report::{Percentiles, Reach, Report, Row, note};
use crate::requests::write_books;
use crate::server::Server;

/// Every order there is, each upwards and downwards.
const SORTS: [&str; 18] = [
    "id",
    "title",
    "author",
    "publisher",
    "year",
    "pages",
    "edition",
    "description",
    "status",
    "isbn",
    "language",
    "series",
    "shelf",
    "barcode",
    "stock",
    "price",
    "revision",
    "updated_at",
];
/// Page 1 of so many books is what a client gets that does not say how many.
const PAGE_BOOKS: usize = 50;
/// One book in a hundred of a million is a thousand pages of ten.
const SMALL_PAGE_BOOKS: usize = 10;
const FAR_PAGE: usize = 1_000;
/// What a list may take, in milliseconds.
const LIST_MS_MAX: f64 = 5.0;

/// A filter with what it is called.
struct Filter {
    name: &'static str,
    members: Value,
}

/// Of the generated books each but the first leaves about one in a hundred.
fn filters() -> [Filter; 6] {
    let filter = |name, members| Filter { name, members };
    [
        filter("no filter", json!({})),
        filter("one year", json!({"year": 1999})),
        filter("years and language", json!({"year": {"from": 1990, "to": 1996}, "language": "en"})),
        filter("three authors", json!({"author": ["Andrea Hirata", "Lauren Horn", "Hervé Simmons"]})),
        filter("subject and stock", json!({"subjects": "Island", "stock": {"from": 7}})),
        filter("status, language, edition", json!({"status": "Lost", "language": "id", "edition": ["4th", "5th"]})),
    ]
}

/// Lists by every sort with every filter: the first time, again, and after writes.
pub(crate) async fn run(target: &Target, args: &args::List) -> anyhow::Result<Report> {
    let settings = json!({"books": args.books, "rounds": args.rounds, "writes": args.writes});
    let mut report = Report::new("list", settings);
    let server = Server::start_on(target, |data| write_books(data, args.books)).await?;
    let mut lister = Lister::connect(server.address).await?;
    let before = server.process.memory()?;
    first_times(&mut report, &mut lister, server.process).await?;
    let grown = server.process.memory()?.saturating_sub(before);
    report.figure("memory that all orders take", grown as f64 / 1024.0 / 1024.0, "MiB");
    measure(&mut report, &mut lister, server.process, args, "").await?;
    if args.writes > 0 {
        lister.write(args.books, args.writes).await?;
        measure(&mut report, &mut lister, server.process, args, &format!(", {} writes later", args.writes)).await?;
    }
    Ok(report)
}

/// Who asks first by a field waits until there is an order by it.
async fn first_times(report: &mut Report, lister: &mut Lister, process: Process) -> anyhow::Result<()> {
    let [everything, filtered @ ..] = &filters();
    for sort in SORTS {
        let cpu_s = process.processor_s()?;
        let took = lister.page(&Question::new(sort.to_owned(), everything, PAGE_BOOKS)).await?.took;
        report.figure(format!("first list by {sort}"), ms(took), "ms");
        report.figure(format!("first list by {sort}, CPU"), (process.processor_s()? - cpu_s) * 1e3, "ms");
    }
    for filter in filtered {
        let page = lister.page(&Question::new("id".to_owned(), filter, PAGE_BOOKS)).await?;
        report.figure(format!("first list with {}", filter.name), ms(page.took), "ms");
        report.figure(format!("books with {}", filter.name), page.total as f64, "");
    }
    Ok(())
}

/// Asks by every sort in turn, so that what else the machine does falls on all.
async fn measure(
    report: &mut Report,
    lister: &mut Lister,
    process: Process,
    args: &args::List,
    when: &str,
) -> anyhow::Result<()> {
    for filter in &filters() {
        let small = if filter.name == "no filter" { PAGE_BOOKS } else { SMALL_PAGE_BOOKS };
        let (mut near, mut far, mut usual) = (Vec::new(), Vec::new(), Vec::new());
        for sort in SORTS.iter().flat_map(|sort| [(*sort).to_owned(), format!("-{sort}")]) {
            let first = Question::new(sort.clone(), filter, small);
            usual.push(Question { limit: PAGE_BOOKS, ..first.clone() });
            // Where there are fewer pages the last one is asked for.
            far.push(lister.at_page(&first, FAR_PAGE).await?);
            near.push(first);
        }
        let title = |page: &str| format!("{}, {page}{when}", filter.name);
        let usual = Asked::ask(lister, process, &usual, args.rounds).await?;
        let [near, far] = [
            Asked::ask(lister, process, &near, args.rounds).await?,
            Asked::ask(lister, process, &far, args.rounds).await?,
        ];
        report.row(usual.row(title(&format!("page 1 of {PAGE_BOOKS}")), args.books, process)?);
        report.row(near.row(title(&format!("page 1 of {small}")), args.books, process)?);
        report.row(far.row(title(&format!("page {FAR_PAGE} of {small}")), args.books, process)?);
        let name = title("median of the slowest sort");
        report.goal(format!("{name} ({})", usual.slowest.0), usual.slowest.1, "ms", Reach::AtMost(LIST_MS_MAX));
        report.goal(title("page 1,000 by page 1"), far.spread.p50 / near.spread.p50, "", Reach::AtMost(1.25));
    }
    Ok(())
}

/// What came of asking the same questions again and again.
struct Asked {
    spread: Spread,
    cpu_us: f64,
    seconds: f64,
    /// With the median of its times in milliseconds.
    slowest: (String, f64),
}

impl Asked {
    async fn ask(
        lister: &mut Lister,
        process: Process,
        questions: &[Question],
        rounds: usize,
    ) -> anyhow::Result<Asked> {
        let all = Latencies::new();
        let each: Vec<_> = questions.iter().map(|_| Latencies::new()).collect();
        let (began, cpu_s) = (Instant::now(), process.processor_s()?);
        for _ in 0..rounds {
            for (question, times) in questions.iter().zip(&each) {
                let took = lister.page(question).await?.took;
                all.add(0, took);
                times.add(0, took);
            }
        }
        let cpu_us = (process.processor_s()? - cpu_s) * 1e6 / (questions.len() * rounds) as f64;
        let medians = questions.iter().zip(&each).map(|(question, times)| (question.sort.clone(), times.spread().p50));
        let slowest = medians.max_by(|one, other| one.1.total_cmp(&other.1)).unwrap_or_default();
        note(format_args!("slowest: {} in {:.2} ms", slowest.0, slowest.1));
        Ok(Asked { spread: all.spread(), cpu_us, seconds: began.elapsed().as_secs_f64(), slowest })
    }

    fn row(&self, work: String, books: u64, process: Process) -> anyhow::Result<Row> {
        let Spread { count, p50, p99, p999, .. } = self.spread;
        Ok(Row {
            work,
            pipeline: 1,
            books,
            server: "bookstore".to_owned(),
            cpu_us: self.cpu_us,
            rate: count as f64 / self.seconds,
            latency: Some(Percentiles { p50_us: p50 * 1e3, p99_us: p99 * 1e3, p999_us: p999 * 1e3 }),
            memory_mib: process.memory()? as f64 / 1024.0 / 1024.0,
            writes_per_sync: None,
            disk_idle: None,
        })
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
