//! What operators of the server may say as a list: keywords, usage and what each does.

/// One of the things that an operator of the server can want, without its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// `create account NAME`
    CreateAccount,
    /// `reset password NAME`
    ResetPassword,
    /// `drop account NAME`
    DropAccount,
    /// `appoint NAME`
    Appoint,
    /// `dismiss NAME`
    Dismiss,
    /// `kick server NAME`
    KickFromServer,
    /// `ban server NAME`
    BanFromServer,
    /// `unban server NAME`
    UnbanFromServer,
    /// `announce TEXT`
    Announce,
    /// `list accounts`
    ListAccounts,
    /// `list bans [ROOM]`
    ListBans,
}

impl OperationKind {
    /// All of them, in the order of the protocol's table.
    pub const ALL: &[Self] = &[
        Self::CreateAccount,
        Self::ResetPassword,
        Self::DropAccount,
        Self::Appoint,
        Self::Dismiss,
        Self::KickFromServer,
        Self::BanFromServer,
        Self::UnbanFromServer,
        Self::Announce,
        Self::ListAccounts,
        Self::ListBans,
    ];

    /// The words that it begins with.
    #[must_use]
    pub fn keywords(self) -> &'static str {
        match self {
            Self::CreateAccount => "create account",
            Self::ResetPassword => "reset password",
            Self::DropAccount => "drop account",
            Self::Appoint => "appoint",
            Self::Dismiss => "dismiss",
            Self::KickFromServer => "kick server",
            Self::BanFromServer => "ban server",
            Self::UnbanFromServer => "unban server",
            Self::Announce => "announce",
            Self::ListAccounts => "list accounts",
            Self::ListBans => "list bans",
        }
    }

    /// Its shape: keywords, and what stands for the rest in capitals.
    #[must_use]
    pub fn usage(self) -> &'static str {
        match self {
            Self::CreateAccount => "create account NAME",
            Self::ResetPassword => "reset password NAME",
            Self::DropAccount => "drop account NAME",
            Self::Appoint => "appoint NAME",
            Self::Dismiss => "dismiss NAME",
            Self::KickFromServer => "kick server NAME",
            Self::BanFromServer => "ban server NAME",
            Self::UnbanFromServer => "unban server NAME",
            Self::Announce => "announce TEXT",
            Self::ListAccounts => "list accounts",
            Self::ListBans => "list bans [ROOM]",
        }
    }

    /// What it does, in a few words.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::CreateAccount => "make an account, and tell its password",
            Self::ResetPassword => "give an account another password, and tell it",
            Self::DropAccount => "give somebody's account up",
            Self::Appoint => "make an account an operator of the server",
            Self::Dismiss => "make an operator a user like any other",
            Self::KickFromServer => "close all connections of a user",
            Self::BanFromServer => "close all connections of a user and let nobody in with this name",
            Self::UnbanFromServer => "let a banned name in again",
            Self::Announce => "tell everybody something",
            Self::ListAccounts => "which accounts there are, and which are operators",
            Self::ListBans => "who is banned from the server, or from a room",
        }
    }

    /// The one with these keywords, in lower case with one blank between.
    #[must_use]
    pub fn of_keywords(keywords: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.keywords() == keywords)
    }
}
