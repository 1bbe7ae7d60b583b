//! Requests of those who run the server, carried out. Whether somebody may ask is decided at the doors.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_std::task::spawn_blocking;
use humantime::format_duration;

use super::host::{Host, Reloaded};
use super::message::{AdminAnswer, AdminRequest};
use crate::hub::HostWish;
use crate::protocol::command::BadCommand;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;
use crate::protocol::refusal::Refusal;
use crate::server::broker::Broker;

/// Where requests are taken.
#[derive(Debug)]
pub(in crate::server) struct AdminDesk {
    broker: Arc<Broker>,
    host: Option<Arc<dyn Host>>,
}

impl AdminDesk {
    pub(in crate::server) fn new(broker: Arc<Broker>, host: Option<Arc<dyn Host>>) -> Self {
        Self { broker, host }
    }

    /// Does what a request in JSON asks for.
    pub(in crate::server) async fn take(&self, request: &[u8]) -> AdminAnswer {
        match serde_json::from_slice(request) {
            Ok(request) => self.carry_out(request).await,
            // What stands in the request may be a password.
            Err(error) if error.is_data() => AdminAnswer::refused("bad-json", "the request is of another shape"),
            Err(error) => AdminAnswer::refused("bad-json", error.to_string()),
        }
    }

    async fn carry_out(&self, request: AdminRequest) -> AdminAnswer {
        match request {
            AdminRequest::Stats => AdminAnswer::Stats { stats: self.broker.snapshot().by_name() },
            AdminRequest::Who => AdminAnswer::Who { connections: self.broker.connection_entries() },
            AdminRequest::Rooms => AdminAnswer::Rooms { rooms: self.broker.room_entries() },
            AdminRequest::Kick { user } => self.operate(name(&user).map(HostWish::Kick)).await,
            AdminRequest::Ban { user } => self.operate(name(&user).map(HostWish::Ban)).await,
            AdminRequest::Unban { user } => self.operate(name(&user).map(HostWish::Unban)).await,
            AdminRequest::CloseRoom { room } => {
                let room = RoomName::new(&room).map_err(|wrong| BadCommand::from(wrong).into());
                self.operate(room.map(HostWish::CloseRoom)).await
            }
            AdminRequest::SetPassword { user, password } => match account(&user, &password) {
                Ok((user, password)) => {
                    let hashed = self.broker.hash_for(user.clone(), password).await;
                    self.operate(hashed.map(|hash| HostWish::SetPassword(user, hash))).await
                }
                Err(refusal) => refused(&refusal),
            },
            AdminRequest::Drain { seconds } => self.of_host(|host| {
                let within = host.drain(seconds.map(Duration::from_secs))?;
                let within = format_duration(within);
                Ok(AdminAnswer::done(format!(
                    "nobody else is let in; the server stops in {within}, or when everybody has left"
                )))
            }),
            AdminRequest::Backup { file } => self.back_up(file.as_path()).await,
            AdminRequest::LogLevel { level: None } => {
                self.of_host(|host| Ok(AdminAnswer::done(format!("the log level is {}", host.log_level()))))
            }
            AdminRequest::LogLevel { level: Some(level) } => self.of_host(|host| {
                host.set_log_level(&level)?;
                Ok(AdminAnswer::done(format!("the log level is {}", host.log_level())))
            }),
            AdminRequest::Reload => self.reload().await,
        }
    }

    async fn operate(&self, wish: Result<HostWish, Refusal>) -> AdminAnswer {
        let done = match wish {
            Ok(wish) => self.broker.operate(wish).await,
            Err(refusal) => Err(refusal),
        };
        done.map_or_else(|refusal| refused(&refusal), AdminAnswer::done)
    }

    fn of_host(&self, ask: impl FnOnce(&Arc<dyn Host>) -> Result<AdminAnswer, String>) -> AdminAnswer {
        let Some(host) = &self.host else { return no_host() };
        ask(host).unwrap_or_else(|why| AdminAnswer::refused("failed", why))
    }

    /// Copying takes as long as it takes: nobody else waits for it.
    async fn back_up(&self, file: &Path) -> AdminAnswer {
        let Some(host) = self.host.clone() else { return no_host() };
        let (shown, file) = (file.display().to_string(), file.to_owned());
        match spawn_blocking(move || host.back_up(&file)).await {
            Ok(()) => AdminAnswer::done(format!("the store is copied to {shown}")),
            Err(why) => AdminAnswer::refused("failed", why),
        }
    }

    async fn reload(&self) -> AdminAnswer {
        let Some(host) = self.host.clone() else { return no_host() };
        match spawn_blocking(move || host.reload()).await {
            Ok(Reloaded { changed, fixed }) => {
                let list = |what: &[String]| if what.is_empty() { "nothing".to_owned() } else { what.join(", ") };
                let mut detail = format!("the configuration is read again; changed: {}", list(&changed));
                if !fixed.is_empty() {
                    detail.push_str(&format!("; these flags need a restart: {}", list(&fixed)));
                }
                AdminAnswer::Done { detail, changed, fixed }
            }
            Err(why) => AdminAnswer::refused("failed", why),
        }
    }
}

fn no_host() -> AdminAnswer {
    AdminAnswer::refused("failed", "this server is part of a program that has no such thing")
}

fn refused(refusal: &Refusal) -> AdminAnswer {
    AdminAnswer::refused(refusal.code(), refusal.detail())
}

fn name(text: &str) -> Result<UserName, Refusal> {
    Ok(UserName::new(text).map_err(BadCommand::from)?)
}

fn account(user: &str, password: &str) -> Result<(UserName, Password), Refusal> {
    Ok((name(user)?, Password::new(password).map_err(BadCommand::from)?))
}
