//! Responses that are there at once, with the headers that all have.

use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{HeaderMap, Response, StatusCode};

use super::body::Whole;

/// A response that is there at once.
pub(super) fn whole(kind: &'static str, cache: &'static str, bytes: Bytes) -> Response<Whole> {
    let mut response = Response::new(Whole::new(bytes));
    let head = response.headers_mut();
    let fixed = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, cache),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (ACCEPT_RANGES, "none"),
    ];
    fixed.into_iter().for_each(|(name, value)| {
        head.insert(name, HeaderValue::from_static(value));
    });
    response
}

/// A word for people.
pub(super) fn plain(status: StatusCode, text: &'static str) -> Response<Whole> {
    let mut response = whole("text/plain; charset=utf-8", "no-store", Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    response
}

/// A header that is there once and is text.
pub(super) fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() {
        return None;
    }
    first.to_str().ok()
}
