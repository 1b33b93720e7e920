//! The least that actix-web can do: a handler that answers bytes it holds. A process of its own, with as many
//! threads as Portner's public listener, so that both sides run under the same conditions.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};

pub const ARGUMENT: &str = "--bare";

/// The child's life: each argument is `PATH=LENGTH`, an address and the size of what is answered there.
pub fn serve(paths: &[String]) {
    let bodies: Vec<(String, web::Bytes)> = paths
        .iter()
        .map(|argument| {
            let (path, length) = argument.rsplit_once('=').expect("PATH=LENGTH");
            (path.to_owned(), web::Bytes::from(vec![b'x'; length.parse().expect("a length")]))
        })
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let ran = actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            bodies.iter().fold(App::new(), |app, (path, body)| {
                let body = body.clone();
                // Reads the request's body, as every handler has to.
                app.route(path, web::to(move |_request: web::Bytes| answer(body.clone())))
            })
        })
        .workers(threads)
        .keep_alive(Duration::from_secs(75))
        .bind(("127.0.0.1", 0))?;
        println!("{}", server.addrs()[0].port());
        server.run().await
    });
    ran.expect("the bare server runs");
}

#[expect(clippy::unused_async, reason = "actix-web takes asynchronous handlers only")]
async fn answer(body: web::Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(body)
}

pub struct Bare {
    child: Child,
    pub port: u16,
}

impl Bare {
    pub fn start(bodies: &[(String, usize)]) -> Self {
        let own = std::env::current_exe().expect("this program has a path");
        let paths = bodies.iter().map(|(path, length)| format!("{path}={length}"));
        let mut child =
            Command::new(own).arg(ARGUMENT).args(paths).stdout(Stdio::piped()).spawn().expect("it starts once more");
        let mut line = String::new();
        let output = child.stdout.take().expect("it was piped");
        BufReader::new(output).read_line(&mut line).expect("it says its port");
        Self { port: line.trim().parse().expect("a port"), child }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // It may be gone already: nothing is lost either way.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
