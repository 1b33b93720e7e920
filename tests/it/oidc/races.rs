//! One-time means one time, whatever the number of threads, on both engines.

use std::sync::Barrier;
use std::thread;

use serde_json::json;

use crate::on_each_engine;
use crate::support::{App, Reply, Tokens};

/// All threads start at once; their replies.
fn all_at_once(threads: usize, act: impl Fn(usize) -> Reply + Sync) -> Vec<Reply> {
    let barrier = Barrier::new(threads);
    thread::scope(|scope| {
        let (act, barrier) = (&act, &barrier);
        let running: Vec<_> = (0..threads)
            .map(|number| {
                scope.spawn(move || {
                    barrier.wait();
                    act(number)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

on_each_engine! {
    fn one_code_from_fifty_threads_is_redeemed_once(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("web");
        let code = rp.code(&mut app.signed_in());
        let replies = all_at_once(50, |_| rp.try_redeem(&code));
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|reply| reply.status == 400 && reply.error() == "invalid_grant"));
        let tokens = Tokens(won[0].json());
        assert!(!rp.is_active(tokens.access()), "forty-nine replays have revoked it");
        assert_eq!(rp.refresh(tokens.refresh()).error(), "invalid_grant");
    }
}

on_each_engine! {
    fn one_refresh_token_from_twenty_threads_leaves_at_most_one_descendant(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("web");
        let first = rp.sign_in(&app);
        let replies = all_at_once(20, |_| rp.refresh(first.refresh()));
        let won: Vec<Tokens> =
            replies.iter().filter(|reply| reply.status == 200).map(|reply| Tokens(reply.json())).collect();
        assert!(won.len() <= 1, "{} descendants", won.len());
        for tokens in won {
            assert_eq!(rp.introspect(tokens.refresh()), json!({"active": false}), "replays have ended the family");
        }
    }
}

on_each_engine! {
    fn a_replayed_code_revokes_on_each_engine(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("web");
        let code = rp.code(&mut app.signed_in());
        let tokens = rp.redeem(&code);
        assert_eq!(rp.try_redeem(&code).error(), "invalid_grant");
        assert!(!rp.is_active(tokens.access()));
        assert!(!rp.is_active(tokens.refresh()));
    }
}

on_each_engine! {
    fn many_codes_of_many_threads_are_each_redeemed(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("web");
        let mut browser = app.signed_in();
        let codes: Vec<String> = (0..20).map(|_| rp.code(&mut browser)).collect();
        let replies = all_at_once(20, |number| rp.try_redeem(&codes[number]));
        assert!(replies.iter().all(|reply| reply.status == 200), "nothing is lost under load");
    }
}
