//! Filling in the unknown keys of a request, one by one, as far as they matter.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::rc::Rc;

use super::candidates::Candidates;
use super::context::KeyState;
use super::document::Statement;
use super::pattern::Pattern;
use super::request::Request;

/// Why a search for requests ended without finding out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// AWS does not document what the policy means for a request of which every key is known.
    Undocumented,
    /// The keys have more values than are tried.
    TooManyValues,
}

/// What is known of one request.
pub(crate) enum Judged {
    /// Enough.
    Decided,
    /// So much that no other request has to be looked at.
    Finished,
    /// It depends on one of these keys, in lower case.
    Open(Vec<String>),
}

/// A search through all requests that a request with unknown keys may be.
pub(crate) struct Search<'a> {
    /// The statements that distinguish requests.
    pub(crate) statements: Vec<&'a Statement>,
    /// More requests than this are not judged.
    pub(crate) limit: usize,
    /// A request that stayed open, and why.
    pub(crate) open: Option<(Request, Reason)>,
    judged: usize,
    /// The keys that are in patterns as variables.
    variables: BTreeSet<&'a str>,
    /// The candidates of keys that are the same whatever else the request has.
    candidates: HashMap<String, Rc<Candidates<'a>>>,
    /// Keys that have more values than were tried: what the rest of the request decides holds for them all.
    skipped: Vec<String>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(statements: Vec<&'a Statement>, limit: usize) -> Self {
        let patterns = statements.iter().flat_map(|statement| statement.patterns());
        let variables = patterns.flat_map(Pattern::variable_keys).collect();
        Self { statements, limit, open: None, judged: 0, variables, candidates: HashMap::new(), skipped: Vec::new() }
    }

    /// Judges requests until it is finished or all that the statements distinguish were judged.
    pub(crate) fn run(&mut self, request: &Request, judge: &mut impl FnMut(&Request) -> Judged) -> ControlFlow<()> {
        self.judged += 1;
        if self.judged > self.limit {
            self.leave_open(request, Reason::TooManyValues);
            return ControlFlow::Break(());
        }
        let open = match judge(request) {
            Judged::Decided => return ControlFlow::Continue(()),
            Judged::Finished => return ControlFlow::Break(()),
            Judged::Open(keys) => keys,
        };
        let Some(key) = self.next_key(request, &open) else {
            let skipped = open.iter().any(|key| self.skipped.contains(key));
            self.leave_open(request, if skipped { Reason::TooManyValues } else { Reason::Undocumented });
            return ControlFlow::Continue(());
        };
        let candidates = self.candidates(request, &key);
        for state in candidates.all(request) {
            let mut one = request.clone();
            one.assume(&key, state.clone());
            self.run(&one, judge)?;
        }
        if candidates.others(request).complete {
            return ControlFlow::Continue(());
        }
        self.skipped.push(key);
        let flow = self.run(request, judge);
        self.skipped.pop();
        flow
    }

    fn candidates(&mut self, request: &Request, key: &str) -> Rc<Candidates<'a>> {
        if let Some(known) = self.candidates.get(key) {
            return Rc::clone(known);
        }
        let candidates = Rc::new(Candidates::new(&self.statements, request, key));
        if candidates.are_the_same_in_every_request() {
            self.candidates.insert(key.to_owned(), Rc::clone(&candidates));
        }
        candidates
    }

    fn leave_open(&mut self, request: &Request, reason: Reason) {
        self.open.get_or_insert_with(|| (request.clone(), reason));
    }

    /// The unknown key to fill in next: those that are in patterns as variables come first, because the values that others
    /// are compared with follow from them.
    fn next_key(&self, request: &Request, open: &[String]) -> Option<String> {
        let uncertain = |key: &&String| !request.context.get(key).is_certain() && !self.skipped.contains(*key);
        open.iter().filter(uncertain).min_by_key(|key| (!self.variables.contains(key.as_str()), *key)).cloned()
    }
}

impl Request {
    /// Sets a key, and what follows from it.
    pub(crate) fn assume(&mut self, key: &str, state: KeyState) {
        let spelling = self.context.spelling(key).map_or_else(|| key.to_owned(), str::to_owned);
        self.context.set(&spelling, state);
        if key == "aws:principalarn" {
            self.principal.learn_from(&self.context);
        }
    }
}
