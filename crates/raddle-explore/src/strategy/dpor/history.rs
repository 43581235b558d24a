//! Which steps of an execution came before which, and which pairs of them could have come the other way round.

use crate::dependence::{ANY, FACETS, Footprint, Sooner, State, Touching, conflict};
use crate::trace::{Deed, NONE, PRELUDE, Place, Step, Touch, Trace};
use raddle_kernel::{Effect, Kind, Op};

/// Two steps of which the late one could have been taken before the early one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Race {
    pub(super) early: usize,
    pub(super) late: usize,
    /// The deed of the late one that makes it so, if it came to any.
    deed: Option<u32>,
    /// How the late one would touch what it is done to,
    pub(super) touching: Footprint,
    /// and the step before which all is over that comes before it then, unless it comes after the early one.
    pub(super) end: usize,
}

impl Race {
    const fn span(&self) -> Span {
        Span { early: self.early, late: self.late, end: self.end }
    }
}

/// Which steps of an execution came before which.
///
/// A step comes after the one before it of its task, after those it depends on, and after those that made it possible.
#[derive(Debug, Default)]
pub(super) struct History {
    /// For each step and task, one more than the last step of that task that comes before it, or is it.
    clocks: Vec<u32>,
    tasks: usize,
    /// For each step, the one in which its task ran before.
    own: Vec<u32>,
    /// For each task, the last step in which it ran.
    ran: Vec<u32>,
    /// What had been done when time last passed: all that comes later comes after that.
    past: Vec<u32>,
    /// Whether something that was no step of its own need not have come after what it depends on.
    pub(super) unforced: bool,
}

impl History {
    /// Reads an execution.
    pub(super) fn read(&mut self, trace: &Trace) {
        self.tasks = trace.names.len();
        self.clocks.clear();
        self.clocks.resize(self.tasks * trace.steps.len(), 0);
        self.own.clear();
        self.unforced = false;
        self.ran.clear();
        self.ran.resize(self.tasks, NONE);
        self.past.clear();
        self.past.resize(self.tasks, 0);
        let (mut ticks, mut seen) = (trace.ticks.iter().peekable(), 0);
        for at in 0..trace.steps.len() {
            let task = trace.steps[at].task as usize;
            let own = if trace.is_instead(at) { ran_before(trace, at) } else { self.ran[task] };
            self.own.push(own);
            self.follow(at, own);
            if at >= trace.taken {
                continue;
            }
            if ticks.next_if(|tick| **tick as usize == at).is_some() {
                for (step, taken) in trace.steps[..at].iter().enumerate().skip(seen) {
                    self.past[taken.task as usize] = step as u32 + 1;
                }
                seen = at;
            }
            take_in(&mut self.clocks[at * self.tasks..][..self.tasks], &self.past);
            for woken in trace.woken_in(at) {
                self.follow(at, self.ran[*woken as usize]);
            }
            if matches!(trace.steps[at].op, Op::Pass | Op::Arrive) {
                self.follow(at, trace.steps[at].since.checked_sub(1).unwrap_or(NONE));
            }
            let numbers = trace.steps[at].deeds..;
            let forced = |deed: &Deed| deed.effect == Effect::Joined || is_own(trace, at, deed);
            for (number, _) in numbers.clone().zip(trace.deeds_of(at)).filter(|(_, deed)| forced(deed)) {
                each_reason(trace, number, &mut |step| self.follow(at, step));
            }
            for (number, _) in numbers.zip(trace.deeds_of(at)).filter(|(_, deed)| !forced(deed)) {
                each_reason(trace, number, &mut |step| {
                    let known = step as usize == at || self.clock(at)[trace.steps[step as usize].task as usize] > step;
                    self.unforced |= !known;
                    self.follow(at, step);
                });
            }
            self.clocks[at * self.tasks + task] = at as u32 + 1;
            for ran in trace.woken_in(at).iter().map(|task| *task as usize).chain([task]) {
                self.ran[ran] = at as u32;
            }
        }
    }

    /// `at` comes after `before`, if that is one.
    fn follow(&mut self, at: usize, before: u32) {
        if before != NONE && (before as usize) < at {
            let (theirs, mine) = self.clocks.split_at_mut(at * self.tasks);
            let theirs = &theirs[before as usize * self.tasks..][..self.tasks];
            take_in(mine, theirs);
        }
    }

    fn clock(&self, at: usize) -> &[u32] {
        &self.clocks[at * self.tasks..][..self.tasks]
    }

    /// Whether step `early` came before step `late`.
    pub(super) fn came_before(&self, trace: &Trace, early: usize, late: usize) -> bool {
        early != late && self.clock(late)[trace.steps[early].task as usize] > early as u32
    }

    /// Whether step `early` is the last one before `late` of its task, or came before that.
    fn came_before_own(&self, trace: &Trace, early: usize, late: usize) -> bool {
        let own = self.own[late];
        own != NONE && (early == own as usize || self.came_before(trace, early, own as usize))
    }

    /// Adds the steps that `late` could have been taken before, the last of each line.
    pub(super) fn races(&self, trace: &Trace, late: usize, races: &mut Vec<Race>) {
        if late >= trace.taken {
            self.races_of(trace, late, None, races);
            return;
        }
        let step = &trace.steps[late];
        let condvar = step.kind == Kind::Condvar;
        for (number, deed) in (step.deeds..).zip(trace.deeds_of(late)) {
            let own = step.place.is_some_and(|place| place.stands_for(deed.place));
            if is_own(trace, late, deed) {
                self.races_of(trace, late, Some(number), races);
            }
            if own && !condvar {
                break;
            }
        }
    }

    fn races_of(&self, trace: &Trace, late: usize, via: Option<u32>, races: &mut Vec<Race>) {
        let Some(view) = View::new(trace, late, via) else { return };
        let step = &trace.steps[late];
        let mut open = view.touching.map(|how| how != Touching::Not);
        let mut giver = !(step.waits && step.due == NONE) && view.own.is_some_and(has_giver);
        let mut number = view.last;
        while number != NONE && (open.contains(&true) || giver) {
            let deed = &trace.deeds[number as usize];
            number = deed.older;
            if deed.step == PRELUDE {
                break;
            }
            let early = deed.step as usize;
            let gave = view.own.is_some_and(|own| gives(deed, own));
            let footprint = deed.footprint();
            let mut seen = view.touching;
            for facet in 0..FACETS {
                if !open[facet] {
                    seen[facet] = Touching::Not;
                }
            }
            let passed = view.own.is_some_and(|own| own.effect == Effect::Passed) && early as u32 >= step.since;
            if early == late || passed || !deed.place.meets(view.place) || !(gave || conflict(footprint, seen)) {
                continue;
            }
            giver &= !gave;
            let known = self.came_before_own(trace, early, late)
                || trace.steps[early].task == step.task
                || races.iter().any(|race| race.early == early || self.came_before(trace, early, race.early));
            let sooner = |end| Some((self.sooner(trace, early, late, &view, end)?, end));
            // What came after it, too, may come before it then, unless it could not be done after that.
            let come = if known { None } else { sooner(trace.taken).or_else(|| sooner(late)) };
            if let Some((touching, end)) = come {
                races.push(Race { early, late, deed: via, touching, end });
            }
            if (known || come.is_some()) && deed.place.covers(view.place) {
                for facet in 0..FACETS {
                    open[facet] &= footprint[facet] != Touching::Changes;
                }
            }
        }
    }

    /// How `late` would touch its place if it came before `early`, and after what stays of the steps before `end`; none if it would have to wait.
    fn sooner(&self, trace: &Trace, early: usize, late: usize, view: &View<'_>, end: usize) -> Option<Footprint> {
        let step = &trace.steps[late];
        let race = Span { early, late, end };
        let then = self.then(trace, race, view.place);
        // It has waited since the step before it of its task.
        let raises = |deed: &Deed| deed.effect == Effect::Set { changed: true } && self.stays(trace, race, deed);
        let waited = self.own[late] as usize + 1;
        let raised = step.kind == Kind::Event && since(trace, trace.last(view.place), waited).any(raises);
        let gives_up = trace.is_instead(late).then_some(Effect::GaveUp);
        let came = view.own.map(|own| own.effect).or(gives_up);
        let ready = early as u32 >= step.since;
        let sooner = Sooner {
            op: step.op,
            kind: step.kind,
            waits: step.waits_at(early),
            came,
            now: view.now,
            then,
            raised,
            ready,
        };
        let touching = sooner.footprint()?;
        // What is done at once does more than its first part tells.
        Some(if view.batch { ANY } else { touching })
    }

    /// Whether a deed is done, too, before the late step, if that is done in the place of the early one.
    fn stays(&self, trace: &Trace, span: Span, deed: &Deed) -> bool {
        let at = deed.step as usize;
        at < span.early
            || (at != span.early && at != span.late && at < span.end && !self.came_before(trace, span.early, at))
    }

    /// How a place would stand then.
    fn then(&self, trace: &Trace, span: Span, place: Place) -> State {
        let last = trace.last(place);
        let mut then = trace.deeds.get(last as usize).map(|deed| deed.after).unwrap_or_default();
        for deed in since(trace, last, span.early).filter(|deed| !self.stays(trace, span, deed)) {
            then = then.without((deed.before, deed.after));
        }
        then
    }

    /// Whether something was done from step `from` on to what a step before it is about.
    pub(super) fn is_touched(&self, trace: &Trace, late: usize, from: usize) -> bool {
        trace.steps[late].place.is_some_and(|place| since(trace, trace.last(place), from).next().is_some())
    }

    /// Whether something that was done from step `from` on, which the late one did not depend on, would come before it, if that came sooner.
    pub(super) fn meets(&self, trace: &Trace, race: &Race, from: usize) -> bool {
        let Some(place) = trace.steps[race.late].place else { return false };
        let would_come = |deed: &Deed| self.stays(trace, race.span(), deed);
        since(trace, trace.last(place), from)
            .any(|deed| would_come(deed) && deed.place.meets(place) && conflict(deed.footprint(), race.touching))
    }

    /// What is to be done in the place of the early step, so that the late one comes before it.
    pub(super) fn reversal<'a>(
        &'a self,
        trace: &'a Trace,
        race: &Race,
        silent: impl Fn(usize) -> bool,
        space: &'a mut Space,
    ) -> Reversal<'a> {
        let Race { early, late, deed, touching, end } = *race;
        let span = race.span();
        let stays = |at: &usize| *at != late && !silent(*at) && !self.came_before(trace, early, *at);
        let Space { steps, clock } = space;
        steps.clear();
        steps.extend((early + 1..end.min(trace.taken)).filter(stays).chain([late]));
        clock.clear();
        clock.resize(self.tasks, 0);
        let mut follow = |at: usize| take_in(clock, self.clock(at));
        if self.own[late] != NONE {
            follow(self.own[late] as usize);
        }
        let mut place = None;
        if let Some(view) = View::new(trace, late, deed) {
            let touched = sooner_place(trace, race, &view);
            place = Some(touched);
            let then = self.then(trace, span, view.place);
            // What comes in is taken in that order: how many ago was what it needs, of what came in or was taken?
            let (op, came) = (trace.steps[late].op, view.own.map(|own| own.effect));
            let mut back = match (op, came) {
                (Op::Get | Op::Acquire, _) => Some((true, then.level())),
                (Op::Put | Op::Submit, Some(Effect::Put { capacity: Some(most), .. })) => {
                    Some((false, most as i64 - then.level()))
                }
                (Op::Put | Op::Submit, None | Some(Effect::Refused | Effect::TimedOut)) => {
                    Some((false, view.now.level() - then.level()))
                }
                _ => None,
            };
            let last = trace.last(view.place);
            for deed in since(trace, last, early).filter(|deed| self.stays(trace, span, deed)) {
                if deed.place.meets(touched) && conflict(deed.footprint(), touching) {
                    follow(deed.step as usize);
                }
                if let Some((came_in, left)) = &mut back {
                    let before = *left;
                    *left -=
                        if *came_in { deed.after.ins - deed.before.ins } else { deed.after.outs - deed.before.outs };
                    if before > 0 && *left <= 0 {
                        follow(deed.step as usize);
                    }
                }
            }
        }
        // A wait for a change stays what it is, with all that belongs to it.
        if trace.steps[late].kind == Kind::Condvar && late < trace.taken {
            for own in trace.deeds_of(late) {
                for deed in since(trace, own.older, early).filter(|deed| self.stays(trace, span, deed)) {
                    if deed.place.meets(own.place) && conflict(deed.footprint(), own.footprint()) {
                        follow(deed.step as usize);
                    }
                }
            }
        }
        Reversal { history: self, trace, steps, late, place, touching, clock }
    }
}

/// Where steps are left out.
#[derive(Clone, Copy)]
struct Span {
    early: usize,
    late: usize,
    end: usize,
}

/// The step in which the task of a step that it did not take ran before it was woken.
fn ran_before(trace: &Trace, at: usize) -> u32 {
    let Step { task, since, .. } = trace.steps[at];
    let ran = |at: &usize| trace.steps[*at].task == task || trace.woken_in(*at).contains(&task);
    (0..since as usize).rev().find(ran).map_or(NONE, |at| at as u32)
}

/// Adds to a clock all that another one has.
fn take_in(mine: &mut [u32], theirs: &[u32]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine = (*mine).max(*theirs);
    }
}

/// Whether a deed is what its step's task stood there for. What else is done in a step comes after other steps only because of that.
fn is_own(trace: &Trace, at: usize, deed: &Deed) -> bool {
    // A wait for a change gives the lock back, too.
    let step = &trace.steps[at];
    step.place.is_some_and(|place| place.stands_for(deed.place))
        || (step.kind == Kind::Condvar && deed.effect == Effect::Released)
}

/// What the late step of a race touches if it comes sooner: what it adds then may have been there, and the other way round.
fn sooner_place(trace: &Trace, race: &Race, view: &View<'_>) -> Place {
    let Some(place @ Place::New(owner, cell)) = trace.steps[race.late].place else { return view.place };
    let cell = Place::Cell(owner, cell);
    let early = trace.deeds_of(race.early).iter().find(|deed| deed.effect == Effect::Wrote && deed.place.covers(cell));
    match early {
        None => view.place,
        Some(deed) if deed.place.stands_for(cell) && !deed.fresh => cell,
        Some(_) => place,
    }
}

/// The deeds from `last` back to step `early`, the newest first.
fn since(trace: &Trace, last: u32, early: usize) -> impl Iterator<Item = &Deed> {
    let mut number = last;
    std::iter::from_fn(move || {
        let deed = trace.deeds.get(number as usize)?;
        number = deed.older;
        (deed.step != PRELUDE && deed.step as usize >= early).then_some(deed)
    })
}

/// An operation and what was done to its object before.
struct View<'a> {
    place: Place,
    own: Option<&'a Deed>,
    /// The last deed before it.
    last: u32,
    now: State,
    /// How it touches the object; if it waits in vain, any way.
    touching: Footprint,
    batch: bool,
}

impl<'a> View<'a> {
    fn new(trace: &'a Trace, late: usize, deed: Option<u32>) -> Option<Self> {
        let Some(number) = deed else {
            let place = trace.steps[late].place?;
            let mut last = trace.last(place);
            if trace.is_instead(late) {
                let woken_in = trace.steps[late].since as usize;
                let numbers = trace.steps[woken_in].deeds..;
                let at_place = numbers.zip(trace.deeds_of(woken_in)).filter(|(_, deed)| deed.place == place);
                last = at_place.last().map_or(NONE, |(number, _)| number);
            }
            let now = trace.deeds.get(last as usize).map(|deed| deed.after).unwrap_or_default();
            return Some(View { place, own: None, last, now, touching: ANY, batch: false });
        };
        let own = &trace.deeds[number as usize];
        let place = own.place;
        // Several items, or a barrier that is broken by who gives up.
        let parts = |deed: &&Deed| {
            deed.place == place
                && matches!(deed.effect, Effect::Put { .. } | Effect::Got { .. } | Effect::TimedOut | Effect::Broke)
        };
        // What is read may be written at once.
        let writes = |deed: &Deed| deed.place == place && deed.effect == Effect::Wrote;
        let batch = trace.deeds_of(late).iter().filter(parts).nth(1).is_some()
            || (own.effect == Effect::Read && trace.deeds_of(late).iter().any(writes));
        let touching = match own.effect {
            _ if batch => ANY,
            // Who could have given up would have broken the barrier.
            Effect::Passed if trace.steps[late].due != NONE => [Touching::Changes, Touching::Not, Touching::Not],
            _ => own.footprint(),
        };
        Some(View { place, own: Some(own), last: own.older, now: own.before, touching, batch })
    }
}

/// Which of the things that came in, or were taken, must have been before this could be done, counted from 0.
fn needs(own: &Deed) -> Option<(bool, i64)> {
    let State { initial, ins, outs, .. } = own.before;
    let (came_in, number) = match own.effect {
        Effect::Got { fifo: true, .. } | Effect::Took { .. } => (true, outs - initial),
        Effect::Put { fifo: true, capacity: Some(most), .. } => (false, ins - most as i64),
        Effect::Gave { before, bound: Some(most), after } => {
            (false, initial + ins + i64::from(after) - i64::from(before) - 1 - i64::from(most))
        }
        Effect::Joined => (true, 0),
        _ => return None,
    };
    (number >= 0).then_some((came_in, number))
}

fn has_giver(own: &Deed) -> bool {
    needs(own).is_some()
}

/// Whether `deed` made possible what `own` is, though they do not conflict.
fn gives(deed: &Deed, own: &Deed) -> bool {
    let Some((came_in, number)) = needs(own) else { return false };
    let between = |before: i64, after: i64| before <= number && number < after;
    match came_in {
        _ if own.effect == Effect::Joined => deed.effect == Effect::Exited,
        true => between(deed.before.ins, deed.after.ins),
        false => between(deed.before.outs, deed.after.outs),
    }
}

/// Tells the steps that a deed comes after because of what it is.
fn each_reason(trace: &Trace, number: u32, tell: &mut impl FnMut(u32)) {
    let own = &trace.deeds[number as usize];
    let touching = own.footprint();
    let mut open = touching.map(|how| how != Touching::Not);
    let mut giver = has_giver(own);
    let mut number = own.older;
    while number != NONE && (open.contains(&true) || giver) {
        let deed = &trace.deeds[number as usize];
        number = deed.older;
        if deed.step == PRELUDE {
            break;
        }
        if !deed.place.meets(own.place) {
            continue;
        }
        let footprint = deed.footprint();
        let gave = giver && gives(deed, own);
        if gave || conflict(footprint, touching) {
            tell(deed.step);
            giver &= !gave;
        }
        if deed.place.covers(own.place) {
            for facet in 0..FACETS {
                open[facet] &= footprint[facet] != Touching::Changes;
            }
        }
    }
}

/// Room for a reversal.
#[derive(Debug, Default)]
pub(super) struct Space {
    steps: Vec<usize>,
    clock: Vec<u32>,
}

/// Steps to be taken in the place of one that is to come later.
pub(super) struct Reversal<'a> {
    history: &'a History,
    pub(super) trace: &'a Trace,
    pub(super) steps: &'a mut Vec<usize>,
    /// The last of them, which comes sooner than it did,
    late: usize,
    /// and how it will touch what it is done to then,
    place: Option<Place>,
    touching: Footprint,
    /// and what comes before it then.
    clock: &'a [u32],
}

impl Reversal<'_> {
    /// Whether `one`, which is taken before `other`, must be.
    fn ordered(&self, one: usize, other: usize) -> bool {
        if other == self.late {
            self.clock[self.trace.steps[one].task as usize] > one as u32
        } else {
            self.history.came_before(self.trace, one, other)
        }
    }

    /// What step `at` touches, and how.
    pub(super) fn touches(&self, at: usize) -> impl Iterator<Item = Touch> {
        let late = at == self.late;
        let kind = self.trace.steps[at].kind;
        let own = self.place.filter(|_| late).map(|place| Touch { place, kind, how: self.touching });
        // The late one's other deeds are over before anybody could tell, or may not come at all; but a wait for a change gives its lock back.
        let waits = kind == Kind::Condvar;
        let deeds = if late && !waits { &[] } else { self.trace.deeds_of(at) };
        deeds.iter().map(Deed::touch).chain(own)
    }

    /// The place of the first step of the task of this name.
    pub(super) fn first_of(&self, name: u64) -> Option<usize> {
        self.steps.iter().position(|at| self.trace.steps[*at].name == name)
    }

    /// Whether the step at `place` could be the first.
    pub(super) fn may_begin_with(&self, place: usize) -> bool {
        self.steps[..place].iter().all(|before| !self.ordered(*before, self.steps[place]))
    }
}
