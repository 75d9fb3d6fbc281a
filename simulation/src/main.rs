//! `simulation`: many seeds on all cores, or one of them line by line.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use simulation::{Plant, Seeds, Telling};

/// Lives through histories of the engine over a faulty disk; each seed is one, always the same.
#[derive(Parser)]
struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only this one.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Tells everything that happens.
    #[arg(long, requires = "seed")]
    verbose: bool,
    /// A bug to plant: the histories must find it.
    #[arg(long, value_enum, default_value_t = Plant::Nothing)]
    plant: Plant,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let telling = if args.verbose { Telling::Everything } else { Telling::Silent };
    let seeds = match args.seed {
        Some(seed) => Seeds::from(seed..seed + 1),
        None => Seeds::from(args.from..args.from + args.seeds),
    };
    let begun = Instant::now();
    match seeds.run(args.plant, telling) {
        Ok(lived) => {
            println!("{}", lived.tally);
            let seconds = begun.elapsed().as_secs_f32();
            println!(
                "{} histories in {seconds:.1} s, and every promise was kept (hash {:016x})",
                lived.count, lived.hash
            );
            ExitCode::SUCCESS
        }
        Err(broken) => {
            println!("{broken}");
            ExitCode::FAILURE
        }
    }
}
