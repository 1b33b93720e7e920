//! Whoever never ends the body of a request must not hold a connection for ever.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_core::Stream;

/// Long enough for an answer to be written.
const HOLD: Duration = Duration::from_secs(2);

/// A body in chunks that may not have been read to its end. When nobody holds its payload any more, actix waits for
/// the last chunk, without limit; while somebody does, it closes the connection after its answer.
pub struct Chunked(Rc<RefCell<Source>>);

struct Source {
    payload: Payload,
    ended: bool,
}

impl Chunked {
    pub fn watch(request: &mut ServiceRequest) -> Option<Self> {
        request.headers().get(header::TRANSFER_ENCODING)?;
        let (_, payload) = request.parts_mut();
        let source = Rc::new(RefCell::new(Source { payload: payload.take(), ended: false }));
        *payload = Payload::Stream { payload: Box::pin(Reader(Rc::clone(&source))) };
        Some(Self(source))
    }

    /// To be told when the answer is there, before it is sent.
    pub fn answered(self) {
        if self.0.borrow().ended {
            return;
        }
        actix_web::rt::spawn(async move {
            tokio::time::sleep(HOLD).await;
            drop(self);
        });
    }
}

struct Reader(Rc<RefCell<Source>>);

impl Stream for Reader {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut source = self.0.borrow_mut();
        let polled = Pin::new(&mut source.payload).poll_next(context);
        source.ended |= matches!(polled, Poll::Ready(None));
        polled
    }
}
