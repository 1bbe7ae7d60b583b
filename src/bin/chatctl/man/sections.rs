//! What a manual page and `--help` say beside the flags: examples, exit status, files, environment.

/// What there is to say of one command beside its flags.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sections {
    /// The name of the command.
    pub(crate) command: &'static str,
    /// Command lines, each after a comment that says what it does.
    pub(crate) examples: &'static str,
    /// Files that the command uses by itself; empty if there are none.
    pub(crate) files: &'static str,
    /// Variables of the environment that it reads; empty if there are none.
    pub(crate) environment: &'static str,
}

/// Where the keys of servers are kept that were trusted.
const KNOWN_HOSTS: &str = "$XDG_STATE_HOME/chatctl/known_hosts or ~/.local/state/chatctl/known_hosts: the keys of servers that are trusted \
    over TLS, unless --fingerprint or --tls-ca says which";

/// Those of each command.
pub(crate) const SECTIONS: [Sections; 14] = [
    Sections {
        command: "serve",
        examples: "# Chat on this machine alone\nchatctl serve\n\
            # Chat in the local network, with a port for the clients of the old Python chat room\n\
            chatctl serve --listen 0.0.0.0:7667 --legacy 0.0.0.0:9092",
        files: "DIR/chat.db: the accounts, rooms and lines of a server with --data DIR\n\
            DIR/search.db: what is searched in them\n\
            DIR/files: the files that were sent",
        environment: "RUST_LOG: what is logged, such as debug [default: info]\n\
            NO_COLOR: if it is set, the log has no colors",
    },
    Sections {
        command: "admin",
        examples: "# List the users of the server that keeps its data in the directory chat\nchatctl admin --data chat who\n\
            # Close all connections of bob, and refuse this name from now on\nchatctl admin --data chat ban bob\n\
            # Set the password of alice from a file\nchatctl admin --data chat set-password alice <password.txt\n\
            # Copy the store while the server runs, and print its counters\n\
            chatctl admin --admin unix:/run/chatctl/admin backup /var/backups/chat.db\n\
            chatctl admin --admin 127.0.0.1:7660 stats --json",
        files: "DIR/control: the socket of a server with --data DIR",
        environment: "",
    },
    Sections {
        command: "interactive",
        examples: "# The server of this machine\nchatctl interactive\n\
            # Another server, as alice\nchatctl interactive alice@chat.lan\n\
            # From a shell script\nprintf 'send message bob the build is done\\n' | chatctl interactive chat.lan --name ci",
        files: "$XDG_STATE_HOME/chatctl/history or ~/.local/state/chatctl/history: the commands of earlier sessions\n\
            $XDG_STATE_HOME/chatctl/known_hosts: the keys of servers that are trusted over TLS",
        environment: "CHATCTL_PASSWORD: the password of the account, unless --password-file gives it\n\
            TERM: if it is dumb, the client works line by line\n\
            COLORFGBG: whether the background is dark or light\n\
            NO_COLOR: if it is set, nothing is in color",
    },
    Sections {
        command: "send",
        examples: "# To all members of the room lobby\nchatctl send report.pdf --to lobby --server chat.lan --name alice\n\
            # The output of another program, to bob\n\
            tar cz photos | chatctl send - --as photos.tgz --to-user bob --server tls://chat.lan --name alice",
        files: "/tmp: where what comes from a pipe is kept until its end is known",
        environment: "CHATCTL_PASSWORD: the password of the account, unless --password-file gives it",
    },
    Sections {
        command: "save",
        examples: "# Save it under the name that its sender gave it\nchatctl save aaaaaaaaaaaaaaaaaaaaaaaaaa --server chat.lan\n\
            # Pipe it into another program\nchatctl save aaaaaaaaaaaaaaaaaaaaaaaaaa - --server chat.lan | tar tz",
        files: "PATH.ID.part: what has come of a file that is not whole yet; the same command goes on with it",
        environment: "",
    },
    Sections {
        command: "run",
        examples: "# On a server that is started for the script\nchatctl run scripts/room_demo.chat\n\
            # All scripts of a folder on a running server, with a report for CI\n\
            chatctl run scripts --server 127.0.0.1:7667 --report-junit report.xml",
        files: KNOWN_HOSTS,
        environment: "CHATCTL_NAME: the value of the script's parameter NAME, unless --param gives it",
    },
    Sections {
        command: "load",
        examples: "# 200 users on a server that is started for the load\nchatctl load --users 200\n\
            # A script of your own, on a running server, with a page to look at\n\
            chatctl load scripts/room_load.chat --users 500 --duration 1m --server 127.0.0.1:7667 --out html=load.html",
        files: KNOWN_HOSTS,
        environment: "CHATCTL_NAME: the value of the script's parameter NAME, unless --param gives it",
    },
    Sections {
        command: "compare",
        examples: "# Two loads side by side\nchatctl compare before.json after.json\n\
            # A load beside an earlier one, without a file for it\n\
            chatctl load --users 200 --out json=- | chatctl compare before.json -",
        files: "",
        environment: "",
    },
    Sections {
        command: "check",
        examples: "# Every error of every script, without connecting\nchatctl check scripts",
        files: "",
        environment: "",
    },
    Sections {
        command: "fmt",
        examples: "# Format a script in place\nchatctl fmt my.chat\n# Fail in CI if a script is not formatted\n\
            chatctl fmt --check scripts",
        files: "",
        environment: "",
    },
    Sections {
        command: "store",
        examples: "# Copy the data of a running server from the directory chat\nchatctl store backup chat copy.db\n\
            # Export every line as JSON\nchatctl store export chat",
        files: "",
        environment: "",
    },
    Sections {
        command: "dialects",
        examples: "# List the names of all dialects\nchatctl dialects\n# Print one of them, as a start for your own\nchatctl dialects irc",
        files: "",
        environment: "",
    },
    Sections {
        command: "completions",
        examples: "# For bash, which reads ~/.local/share/bash-completion/completions/chatctl\nchatctl completions bash",
        files: "",
        environment: "",
    },
    Sections {
        command: "man",
        examples: "# The script language\nchatctl man script | man -l -\n\
            # All pages, where man finds them\nchatctl man --out ~/.local/share/man/man1",
        files: "",
        environment: "",
    },
];

/// The examples as `--help` shows them.
pub(crate) fn examples(sections: &Sections) -> String {
    let lines = sections.examples.lines().map(|line| format!("  {line}"));
    std::iter::once("Examples:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}
