use expect_test::expect;
use serde_json::json;

use super::*;
use crate::report::{Percentiles, Reach, Report, Row};

fn figures() -> Figures {
    let mut requests = Report::new("requests", json!({}));
    let latency = Some(Percentiles { p50_us: 333.3, p99_us: 985.6, p999_us: 1_219.58 });
    for (server, cpu_us) in [("bookstore", 6.9), ("limit", 6.1)] {
        requests.row(Row {
            work: "get".into(),
            pipeline: 1,
            books: 1_000,
            server: server.into(),
            cpu_us,
            rate: 130_000.0,
            latency,
            memory_mib: 14.69,
            writes_per_sync: None,
            disk_idle: None,
        });
    }
    requests.goal("get p=1, 1000 books: CPU by limit's", 1.13, "", Reach::AtMost(1.2));
    let mut open_loop = Report::new("open-loop", json!({}));
    open_loop.goal("get p99", 1.7, "ms", Reach::AtMost(1.0));
    open_loop.figure("get p50", 0.07, "ms");
    open_loop.figure("of nothing", f64::INFINITY, "us");
    let machine = crate::machine::Machine {
        processors: 2,
        model: "AMD EPYC".into(),
        memory_gib: 24.1,
        kernel: "Linux 6.18".into(),
        disk: "ext4 on /dev/vda".into(),
    };
    Figures {
        at: "2026-11-26T05:00:00Z".into(),
        program: "bookstore 0.1.0".into(),
        machine,
        load_before: 0.12,
        load_after: 2.0,
        commands: vec!["requests --books 1000".into(), "open-loop".into()],
        reports: vec![requests, open_loop],
    }
}

#[test]
fn each_load_has_its_tables_and_all_goals_stand_together() {
    let text: Vec<String> = blocks(&figures()).into_iter().map(|(name, text)| format!("[{name}]\n{text}")).collect();
    expect![[r#"
        [machine]
        bookstore 0.1.0, 2026-11-26: 2 processors (AMD EPYC), 24 GiB, Linux 6.18, ext4 on /dev/vda; load average before the run 0.1. Each load by itself:

        ```sh
        target/release/bench requests --books 1000
        target/release/bench open-loop
        ```

        [goals]
        | load | figure | measured | to reach | reached |
        |---|---|---|---|---|
        | requests | get p=1, 1000 books: CPU by limit's | 1.13 | ≤ 1.2 | yes |
        | open-loop | get p99 | 1.70 ms | ≤ 1 | **no** |

        [requests]
        | work | p | books | server | CPU us | 1/s | p50 us | p99 us | p99.9 us | RSS MiB |
        |---|---|---|---|---|---|---|---|---|---|
        | get | 1 | 1,000 | bookstore | 6.90 | 130,000 | 333 | 986 | 1,220 | 14.7 |
        | get | 1 | 1,000 | limit | 6.10 | 130,000 | 333 | 986 | 1,220 | 14.7 |

        [open-loop]
        | figure | measured |
        |---|---|
        | get p50 | 0.07 ms |
        | of nothing | inf us |
    "#]].assert_eq(&text.join("\n"));
}

#[test]
fn a_page_is_filled_where_it_has_a_place_and_nowhere_else() {
    let page =
        "# Speed\n<!-- figures: requests -->\nold\n<!-- end -->\nprose\n<!-- figures: bulk -->\nkept\n<!-- end -->\n";
    let filled =
        fill(page.into(), &[("requests".into(), "new\n".into()), ("elsewhere".into(), "lost\n".into())]).unwrap();
    assert_eq!(filled, page.replace("old", "new"));
    assert_eq!(
        fill(filled.clone(), &[("requests".into(), "new\n".into())]).unwrap(),
        filled,
        "a second time is no change"
    );
    assert!(fill("<!-- figures: requests -->\n".into(), &[("requests".into(), "new\n".into())]).is_err());
}

#[test]
fn figures_are_the_same_when_they_are_read_again() {
    let text = serde_json::to_string(&figures()).unwrap();
    let again: Figures = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
}
