//! Bugs planted to see that they are found.

/// A bug that many a store really had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Plant {
    /// None: the program as it is.
    #[default]
    Nothing,
    /// A batch is answered when it is written; its sync comes a moment later.
    AcknowledgeBeforeSync,
    /// Everybody sees a batch before it is durable.
    PublishBeforeSync,
    /// A sync that failed is tried again, and its success believed.
    RetryFailedSync,
    /// Names of files are never synced.
    SkipDirectorySync,
    /// A start forgets the last request id.
    LoseReceipt,
}

impl Plant {
    /// All bugs.
    pub const BUGS: [Plant; 5] = [
        Plant::AcknowledgeBeforeSync,
        Plant::PublishBeforeSync,
        Plant::RetryFailedSync,
        Plant::SkipDirectorySync,
        Plant::LoseReceipt,
    ];
}
