//! Mail on its way: to a real SMTP server, around one that is down, and back from the dead.

use std::net::TcpListener;
use std::sync::Arc;

use super::{ask, below, choose};
use crate::on_each_engine;
use crate::support::mailbox::Mailbox;
use crate::support::server::postgres_is_there;
use crate::support::{App, Engine, Settings, eventually};

fn with_mail(engine: Engine, port: u16) -> App {
    let settings = Settings::new(engine);
    let config = format!("{}{}", settings.config, Mailbox::config(port));
    App::own(Settings { config, ..settings })
}

on_each_engine! {
    fn in7_a_mail_leaves_at_once_in_both_forms_and_its_link_is_followed(engine) {
        let mailbox = Mailbox::open();
        let app = with_mail(engine, mailbox.port);
        ask(&mut app.browser(), "alice");
        eventually("the mail arrives", || !mailbox.mails().is_empty());
        let mail = mailbox.mails().remove(0);
        let head = mail.head();
        assert!(mail.to.contains("<alice@acme.example>") && mail.from.contains("<no-reply@acme.example>"), "{mail:?}");
        assert!(head.contains(&format!("Acme {}", app.slug)), "the tenant is the sender: {head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(head.contains("multipart/alternative"), "{head}");
        let text = mail.text();
        assert!(text.contains("text/plain") && text.contains("text/html"), "{text}");
        assert!(text.contains("lösenord"), "alice reads Swedish: {text}");
        assert!(text.matches("ptl_").count() >= 3, "the link is also there as plain text");
        choose(&mut app.browser(), below(&app, &mail.link()), "one password after another");
        eventually("the notice arrives", || mailbox.mails().len() == 2);
        eventually("both are noted as sent", || app.mails().iter().all(|mail| mail.state() == "sent"));
        assert!(app.mails().iter().all(|mail| mail.0["text"].is_null()), "what was sent is erased");
    }
}

#[test]
fn with_the_mail_server_down_answers_are_as_usual_and_the_mail_comes_later() {
    let port = Mailbox::closed_port();
    let app = with_mail(Engine::Sqlite, port);
    assert_eq!(ask(&mut app.browser(), "alice").status(), 200);
    eventually("it was tried", || app.mails().iter().any(|mail| mail.0["error"].is_string()));
    let mail = app.mails().remove(0);
    assert_eq!(mail.state(), "queued");
    assert!(mail.0["attempts"].as_u64() > Some(0) && mail.0["text"].is_null(), "{:?}", mail.0);
    // What waits survives a restart.
    app.server.terminate();
    let mailbox = Mailbox::at(port);
    app.server.boot();
    eventually("the mail arrives", || mailbox.mails().len() == 1);
    eventually("it is noted", || app.mails()[0].state() == "sent");
}

#[test]
fn what_is_refused_for_good_is_dead_until_somebody_asks_for_it() {
    let mailbox = Mailbox::open();
    mailbox.refuse(true);
    let app = with_mail(Engine::Sqlite, mailbox.port);
    ask(&mut app.browser(), "alice");
    eventually("it is given up", || app.mails().first().is_some_and(|mail| mail.state() == "dead"));
    let mail = app.mails().remove(0);
    assert!(mail.0["error"].as_str().unwrap().contains("550"), "{:?}", mail.0);
    assert!(mailbox.mails().is_empty());
    mailbox.refuse(false);
    app.cli(&["mail", "retry", mail.0["id"].as_str().unwrap()]);
    eventually("the mail arrives", || mailbox.mails().len() == 1);
    assert_eq!(app.count_events("mail.retried"), 1);
    let again = app.server.command(&["mail", "retry", mail.0["id"].as_str().unwrap(), "--tenant", &app.slug]);
    assert_eq!(again.status.code(), Some(4), "what was sent is not sent twice");
}

#[test]
fn what_is_being_sent_is_not_begun_again() {
    // A server that takes the call and says nothing.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let app = with_mail(Engine::Sqlite, silent.local_addr().unwrap().port());
    ask(&mut app.browser(), "alice");
    eventually("it is being sent", || app.mails().first().is_some_and(|mail| mail.0["attempts"] == 1));
    let mail = app.mails().remove(0);
    assert!(mail.state() == "queued" && mail.0["error"].is_null(), "{:?}", mail.0);
    let retry = app.server.command(&["mail", "retry", mail.0["id"].as_str().unwrap(), "--tenant", &app.slug]);
    assert_eq!(retry.status.code(), Some(4));
    assert_eq!(app.count_events("mail.retried"), 0);
}

#[test]
fn the_command_line_shows_the_outbox_with_the_server_running_and_stopped() {
    let app = App::own(Settings::new(Engine::Sqlite));
    ask(&mut app.browser(), "alice");
    eventually("the mail waits", || app.mails().len() == 1);
    let running = app.cli(&["mail", "list"]);
    assert!(running.contains("alice@acme.example") && running.contains("/password/reset?token=ptl_"), "{running}");
    app.server.terminate();
    assert_eq!(app.cli(&["mail", "list"]), running);
}

#[test]
fn many_mails_of_many_threads_each_arrive_once() {
    let mailbox = Mailbox::open();
    let app = Arc::new(with_mail(Engine::Sqlite, mailbox.port));
    let people: String =
        (0..40).map(|n| format!("[[tenant.user]]\nusername = \"p{n}\"\nemail = \"p{n}@acme.example\"\n")).collect();
    app.apply(&format!("version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n{people}"));
    eventually("all have left", || mailbox.mails().len() >= 40);
    eventually("all are noted", || app.mails().iter().all(|mail| mail.state() == "sent"));
    let mut to: Vec<String> = mailbox.mails().into_iter().map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), mailbox.mails().len()), (40, 40));
}

#[test]
fn of_two_nodes_one_sends_each_mail() {
    if !postgres_is_there() {
        return;
    }
    let port = Mailbox::closed_port();
    let app = with_mail(Engine::Postgres, port);
    let other = app.server.beside();
    // Nobody listens yet: the mails of twenty people wait, and both nodes try them again and again.
    let people: String = (0..20)
        .map(|n| format!("[[tenant.user]]\nusername = \"guest{n}\"\nemail = \"guest{n}@acme.example\"\n"))
        .collect();
    app.apply(&format!("version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n{people}"));
    assert_eq!(app.mails_of("invitation").len(), 20);
    let mailbox = Mailbox::at(port);
    eventually("every mail is noted as sent", || app.mails().iter().all(|mail| mail.state() == "sent"));
    let mut receivers: Vec<String> = mailbox.mails().into_iter().map(|mail| mail.to).collect();
    receivers.sort();
    let count = receivers.len();
    receivers.dedup();
    assert_eq!((count, receivers.len()), (20, 20), "each once: {receivers:?}");
    drop(other);
}
