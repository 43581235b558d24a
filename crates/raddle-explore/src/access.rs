//! Accesses to shared locations: races between them, updates that are lost, checks that are outdated.
//!
//! A location is one member of an owner (an attribute, an item), or the owner as a whole (its length, its iteration, a method that
//! moves its items). Members do not conflict with each other; the whole conflicts with each of them.
//! Races are found by comparing vector clocks with the last accesses, one for each task and site (after FastTrack, Flanagan and
//! Freund 2009, which keeps only one epoch for what is totally ordered).
//! A *lost update* is a read, another task's write, and then a write of a value computed from that read; a *stale check* is a test,
//! another task's write that changes its answer, and then the write that the test decided. That a value flows, or that a test
//! decides, is told by the front from the program's text: without such evidence the pattern only helps to explain a failure.

use crate::additions::{Additions, Order};
use crate::dependence::{Class, mix};
use crate::execution::{Accessed, Execution, Inner, Place, Raw, RawDetail, Read};
use crate::front::{Evidence, Front, Member};
use crate::order::Clock;
use raddle_kernel::{Effect, Kind, Op, Site};
use raddle_record::{FindingKind, Mode};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Reads.
    Read,
    /// Writes.
    Write,
}

impl How {
    const fn mode(self) -> Mode {
        match self {
            How::Read => Mode::Read,
            How::Write => Mode::Wrote,
        }
    }
}

/// An access that the running task is about to make.
pub struct Touch<'a> {
    /// Reads or writes.
    pub how: How,
    /// The address of the owner; before it is used again for something else, [`forget`](crate::forget) is called.
    pub owner: usize,
    /// Which part of it.
    pub member: Member,
    /// The access's place in the source, as the front numbers it.
    pub site: u32,
    /// Whether a test that decided on a write, and that an earlier read of the running task at the given site is part of, would come
    /// out differently now.
    pub is_stale: &'a dyn Fn(u32) -> bool,
    /// Whether what it stores is there already, and was only changed in place: then nothing is replaced.
    pub is_there: &'a dyn Fn() -> bool,
    /// What it has to do with the order of the owner's members.
    pub order: Order<'a>,
    /// Whether it is sure to be made, with nothing else to order it. Code from elsewhere may change what it gets hold of, or not, and
    /// imports have a lock of their own: both orders are tried, and nothing is told by that.
    pub is_sure: bool,
}

impl Touch<'_> {
    /// Whether it may add a member.
    pub(crate) const fn may_add(&self) -> bool {
        matches!(self.order, Order::Adds(_))
    }
}

impl std::fmt::Debug for Touch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Touch").field("how", &self.how).field("member", &self.member).finish_non_exhaustive()
    }
}

/// The last access of a task from a site.
#[derive(Clone, Copy, Debug)]
struct Entry {
    task: usize,
    mode: Mode,
    site: u32,
    is_sure: bool,
    /// The task's own time.
    at: u32,
    /// The execution's time.
    seq: u64,
    log: usize,
}

#[derive(Debug, Default)]
struct Accesses {
    entries: SmallVec<[Entry; 2]>,
    /// The sum of the events, for the equivalence class.
    sum: u64,
}

impl Accesses {
    fn add(&mut self, entry: Entry, event: u64) {
        self.sum = self.sum.wrapping_add(mix(event));
        match self.entries.iter_mut().find(|e| e.task == entry.task && e.site == entry.site) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
    }

    /// Accesses of others that the clock has not seen.
    fn unordered<'a>(&'a self, me: usize, clock: &'a Clock) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |e| e.task != me && !clock.has_seen(e.task, e.at))
    }

    /// Whether this is one of them.
    fn has(&self, entry: &Entry) -> bool {
        self.entries.iter().any(|e| e.seq == entry.seq)
    }

    /// The last access of another task after `seq`.
    fn by_others_after(&self, me: usize, seq: u64) -> Option<&Entry> {
        self.entries.iter().filter(|e| e.is_sure && e.task != me && e.seq > seq).max_by_key(|e| e.seq)
    }

    fn by(&self, me: usize) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |e| e.task == me)
    }
}

/// One member of an owner, or the owner as a whole.
#[derive(Debug, Default)]
struct Spot {
    reads: Accesses,
    writes: Accesses,
}

#[derive(Debug, Default)]
struct Owner {
    members: FxHashMap<u64, Spot>,
    whole: Spot,
    /// Every member's accesses, for those of the whole.
    any_member: Spot,
    additions: Additions,
}

/// What a task did to an owner last, without an access.
#[derive(Clone, Copy, Debug)]
struct Unseen {
    task: usize,
    /// Whether it used it, rather than only changed it.
    is_use: bool,
    /// The task's own time.
    at: u32,
}

/// The locations that an execution has accessed.
#[derive(Debug, Default)]
pub(crate) struct Locations {
    owners: FxHashMap<usize, Owner>,
    /// What happened to owners without an access.
    unseen: FxHashMap<usize, SmallVec<[Unseen; 2]>>,
    seq: u64,
    writes: u64,
}

/// What an access conflicts with, and what it does to itself.
#[derive(Default)]
struct Conflicts {
    races: SmallVec<[Entry; 2]>,
    stories: SmallVec<[Story; 1]>,
}

impl Conflicts {
    /// One by one: mostly there is none, which `extend` takes its time to see.
    fn race(&mut self, entries: impl Iterator<Item = Entry>) {
        entries.for_each(|entry| self.races.push(entry));
    }
}

/// A read, the write of another task in between, and the write that follows.
struct Story {
    read: Entry,
    between: Entry,
    /// Where the task has read the very place again since that write: it knows of it then.
    again: SmallVec<[u32; 1]>,
    /// Places in the log of those of them that were of another part of the owner, which has another value.
    elsewhere: SmallVec<[usize; 2]>,
}

impl Locations {
    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.owners.clear();
        self.unseen.clear();
        (self.seq, self.writes) = (0, 0);
    }

    /// How many accesses were made.
    pub(crate) fn made(&self) -> u64 {
        self.seq
    }

    /// Whether a task has read, after so many accesses, what another writes.
    pub(crate) fn has_looked(&self, reader: usize, writer: usize, after: u64) -> bool {
        let spots = self.owners.values().flat_map(|owner| owner.members.values().chain([&owner.whole]));
        let looked =
            |spot: &Spot| spot.reads.by(reader).any(|read| read.seq > after) && spot.writes.by(writer).next().is_some();
        spots.into_iter().any(looked)
    }

    /// The last write of each other task to what `me` reads, in order.
    fn last_writes(&self, (owner, member): (usize, Member), me: usize) -> Vec<Entry> {
        let Some(owner) = self.owners.get(&owner) else { return Vec::new() };
        let part = match member {
            Member::Key(key) => owner.members.get(&key),
            Member::Whole => Some(&owner.any_member),
        };
        let spots = part.into_iter().chain([&owner.whole]);
        let mut last: BTreeMap<usize, Entry> = BTreeMap::new();
        for write in spots.flat_map(|spot| &spot.writes.entries).filter(|write| write.is_sure && write.task != me) {
            let known = last.entry(write.task).or_insert(*write);
            if known.seq < write.seq {
                *known = *write;
            }
        }
        let mut writes: Vec<Entry> = last.into_values().collect();
        writes.sort_unstable_by_key(|write| write.seq);
        writes
    }

    /// The members that came to an owner, if any did.
    fn additions(&mut self, owner: usize) -> Option<&mut Additions> {
        self.owners.get_mut(&owner).map(|owner| &mut owner.additions)
    }

    /// Nothing that was accessed at this address is there any more.
    pub(crate) fn forget(&mut self, owner: usize) {
        self.owners.remove(&owner);
        self.unseen.remove(&owner);
    }

    /// Takes note of what happens to an owner without an access; whether another task has done something to it that nothing orders
    /// with that: two changes that are no uses do not matter to each other.
    fn unseen(&mut self, owner: usize, what: Unseen, clock: &Clock) -> bool {
        let spots = self.owners.get(&owner).map(|owner| [&owner.whole, &owner.any_member]);
        let mut accesses = spots.into_iter().flatten().flat_map(|spot| [&spot.reads, &spot.writes]);
        let is_disputed = accesses.any(|accesses| accesses.unordered(what.task, clock).next().is_some())
            || self.unseen_by_others(owner, what.task, clock).any(|other| other.is_use || what.is_use);
        let known = self.unseen.entry(owner).or_default();
        match known.iter_mut().find(|known| (known.task, known.is_use) == (what.task, what.is_use)) {
            Some(known) => *known = what,
            None => known.push(what),
        }
        is_disputed
    }

    /// What other tasks did to an owner without an access, and nothing orders with what `me` does.
    fn unseen_by_others(&self, owner: usize, me: usize, clock: &Clock) -> impl Iterator<Item = &Unseen> {
        let known = self.unseen.get(&owner).into_iter().flatten();
        known.filter(move |known| known.task != me && !clock.has_seen(known.task, known.at))
    }

    /// Takes note of an access, which is `event` in the equivalence class, and returns what it conflicts with.
    ///
    /// Without a class it is an operation's, whose effect has told its order already, and does not race.
    fn access(
        &mut self,
        how: How,
        (owner, member): (usize, Member),
        access: Entry,
        clock: &Clock,
        (event, class): (u64, Option<&mut Class>),
    ) -> Conflicts {
        let me = access.task;
        let owner = self.owners.entry(owner).or_default();
        let Owner { members, whole, any_member, .. } = owner;
        let mut conflicts = Conflicts::default();
        // Reads conflict with writes, writes with both.
        let spots: [&Spot; 2] = match member {
            Member::Key(key) => [&*members.entry(key).or_default(), &*whole],
            Member::Whole => [&*whole, &*any_member],
        };
        if let Some(class) = class {
            let mut sum = 0u64;
            for spot in spots {
                sum = sum.wrapping_add(spot.writes.sum);
                conflicts.race(spot.writes.unordered(me, clock).copied());
                if how == How::Write {
                    sum = sum.wrapping_add(spot.reads.sum.rotate_left(1));
                    conflicts.race(spot.reads.unordered(me, clock).copied());
                }
            }
            class.add_edge(event, sum);
        }
        if how == How::Write && access.is_sure {
            // What this task read of the member, or of the whole, and who has written there since.
            let [own, other] = spots;
            // A read before this task's own last write belongs to that one: an earlier round, or an earlier call.
            let written = own.writes.by(me).chain(other.writes.by(me));
            let since = written.filter(|e| e.is_sure).map(|e| e.seq).max().unwrap_or(0);
            for read in own.reads.by(me).chain(other.reads.by(me)).filter(|read| read.seq > since) {
                let whole_read = member == Member::Whole || other.reads.by(me).any(|e| e.seq == read.seq);
                let of_all = whole_read.then_some(&any_member.writes);
                let writes = [&own.writes, &other.writes].into_iter().chain(of_all);
                let between = writes.filter_map(|writes| writes.by_others_after(me, read.seq));
                if let Some(between) = between.max_by_key(|e| e.seq) {
                    let again = own.reads.by(me).filter(|again| again.seq > between.seq).map(|again| again.site);
                    let both = [(&own.reads, read), (&own.writes, between)].into_iter();
                    let elsewhere = both.filter(|(own, entry)| !own.has(entry)).map(|(_, entry)| entry.log).collect();
                    conflicts.stories.push(Story { read: *read, between: *between, again: again.collect(), elsewhere });
                }
            }
        }
        let note = |spot: &mut Spot| match how {
            How::Read => spot.reads.add(access, event),
            How::Write => spot.writes.add(access, event),
        };
        match member {
            Member::Key(key) => {
                note(members.entry(key).or_default());
                note(any_member);
            }
            Member::Whole => note(whole),
        }
        conflicts
    }
}

impl Execution {
    /// An access is about to happen.
    pub(crate) fn touch(&self, touch: &Touch<'_>) {
        let op = match touch.how {
            How::Read => Op::Read,
            How::Write => Op::Write,
        };
        if self.is_unwinding() {
            return self.refuse();
        }
        if self.recording {
            self.settle_value();
            let frame = self.front.site_frame(touch.site);
            let mut inner = self.inner.borrow_mut();
            let me = inner.current;
            inner.tasks[me].frames = vec![frame];
        }
        let (visible, goes_on) = {
            let mut inner = self.inner.borrow_mut();
            if inner.tasks.len() == 1 {
                return;
            }
            let me = inner.current;
            let visible = inner.visible.site(touch.site, || self.front.site_label(touch.site)) || !inner.passes(me);
            (visible, inner.tasks[me].at_once == Some(inner.steps))
        };
        if visible && !goes_on {
            self.access_point(op, touch);
            let mut inner = self.inner.borrow_mut();
            let (me, steps) = (inner.current, inner.steps);
            inner.tasks[me].at_once = inner.tasks[me].at_once.map(|_| steps);
        }
        let log = if self.recording { self.log_access(op, touch) } else { 0 };
        // Others may have run at the point.
        let adds = matches!(touch.order, Order::Adds(is_new) if is_new());
        let mut guard = self.inner.borrow_mut();
        let inner = &mut *guard;
        let event = inner.event();
        let me = inner.current;
        let counts = adds && inner.visible.counts_order(touch.site);
        if visible && let Some(trace) = &mut inner.trace {
            let place = trace.cell(touch.owner, touch.member);
            let place = if counts { place.as_new() } else { place };
            let effect = if touch.how == How::Write { Effect::Wrote } else { Effect::Read };
            trace.did(place, Kind::Shared, effect);
            if adds {
                trace.was_fresh();
            }
            if inner.tasks[me].quiet > 0 {
                trace.doubt("something is accessed where no task can be chosen");
            }
        }
        let clock = &inner.tasks[me].clock;
        if inner.locations.unseen_by_others(touch.owner, me, clock).next().is_some() {
            self.front.unproved(touch.owner);
        }
        inner.locations.seq += 1;
        let entry = Entry {
            task: me,
            mode: touch.how.mode(),
            site: touch.site,
            is_sure: touch.is_sure,
            at: clock.get(me),
            seq: inner.locations.seq,
            log,
        };
        let (place, class) = ((touch.owner, touch.member), Some(&mut inner.class));
        let conflicts = inner.locations.access(touch.how, place, entry, clock, (event, class));
        for race in &conflicts.races {
            inner.visible.add_site(race.site);
            inner.visible.add_site(touch.site);
        }
        let is_race = |race: &&Entry| race.is_sure && entry.is_sure;
        for race in conflicts.races.iter().filter(is_race) {
            inner.raced(race.site, touch.site);
        }
        if adds {
            inner.added(touch, event, counts);
        }
        if touch.how == How::Read {
            inner.looked = inner.steps;
            if self.recording {
                let writes = inner.locations.last_writes(place, me);
                let writes: Vec<Accessed> = writes.iter().map(|w| (w.task, w.mode, Some(w.site), w.log)).collect();
                if !writes.is_empty() {
                    inner.reads.push(Read { task: me, site: touch.site, log, writes });
                }
            }
        }
        if touch.how == How::Write {
            inner.locations.writes += 1;
            inner.got_on();
            for story in conflicts.stories.iter().filter(|_| self.recording) {
                story.elsewhere.iter().for_each(|log| inner.log[*log].value = None);
            }
            let is_there = !conflicts.stories.is_empty() && (touch.is_there)();
            let judged = judge(&conflicts.stories, touch, is_there, self.front.as_ref());
            if let Some((kind, read, between)) = judged {
                let accesses = vec![
                    (me, Mode::Read, Some(read.site), read.log),
                    (between.task, Mode::Wrote, Some(between.site), between.log),
                    (me, Mode::Wrote, Some(touch.site), log),
                ];
                let location = self.front.site_text(touch.site);
                inner.saw(Raw::new(kind, RawDetail::Accesses { location: Place::Text(location), accesses }));
            } else if let Some(story) = conflicts
                .stories
                .iter()
                .filter(|s| s.again.is_empty() && s.read.site != touch.site)
                .find(|s| conflicts.races.iter().any(|r| r.task == s.between.task))
                && !is_there
                && self.front.replaces(touch.site)
            {
                let accesses = vec![
                    (me, Mode::Read, Some(story.read.site), story.read.log),
                    (story.between.task, Mode::Wrote, Some(story.between.site), story.between.log),
                    (me, Mode::Wrote, Some(touch.site), log),
                ];
                let location = self.front.site_text(touch.site);
                let what = RawDetail::Accesses { location: Place::Text(location), accesses };
                inner.saw(Raw { suspect: true, ..Raw::new(FindingKind::LostUpdate, what) });
            }
        }
        if let Some(race) = conflicts.races.iter().find(is_race) {
            let accesses =
                vec![(race.task, race.mode, Some(race.site), race.log), (me, entry.mode, Some(touch.site), log)];
            let location = self.front.site_text(touch.site);
            inner.note_race(Place::Text(location), accesses, self.recording);
        }
        if let Order::Shows(members) = touch.order
            && inner.locations.additions(touch.owner).is_some_and(|additions| additions.are_unordered())
        {
            drop(guard);
            let members = members();
            self.inner.borrow_mut().shown(touch.owner, members.as_deref());
        }
    }

    /// What is at this address is used, or has changed, and no access tells so.
    pub(crate) fn unseen(&self, owner: usize, is_use: bool) {
        let mut inner = self.inner.borrow_mut();
        if self.is_unwinding() || inner.tasks.len() == 1 {
            return;
        }
        let inner = &mut *inner;
        let clock = &inner.tasks[inner.current].clock;
        let what = Unseen { task: inner.current, is_use, at: clock.get(inner.current) };
        if inner.locations.unseen(owner, what, clock) {
            self.front.unproved(owner);
        }
    }

    /// Sets at which point the running task stood last for what it does at once, if it does; returns what was set before.
    pub(crate) fn set_at_once(&self, at_once: Option<u64>) -> Option<u64> {
        let mut inner = self.inner.borrow_mut();
        let me = inner.current;
        std::mem::replace(&mut inner.tasks[me].at_once, at_once)
    }

    /// A number that changes whenever a task stands at a point, or writes; none where accesses at `site` are points.
    pub(crate) fn moment(&self, site: u32) -> Option<u64> {
        let mut inner = self.inner.borrow_mut();
        let visible = inner.visible.site(site, || self.front.site_label(site));
        (!visible).then(|| inner.steps + inner.locations.writes)
    }
}

/// Whether the program's text makes one of the stories a bug: the latest read that matters decides.
fn judge(
    stories: &[Story],
    touch: &Touch<'_>,
    is_there: bool,
    front: &dyn Front,
) -> Option<(FindingKind, Entry, Entry)> {
    let mut latest: BTreeMap<u8, (FindingKind, Entry, Entry)> = BTreeMap::new();
    for Story { read, between, again, .. } in stories {
        let flows = |site: &u32| front.evidence(touch.site, *site) == Evidence::Flow;
        let (rank, kind) = match front.evidence(touch.site, read.site) {
            Evidence::None => continue,
            // Whoever stores what is there already overwrites nothing.
            Evidence::Flow if is_there => continue,
            // What it stores was made of what the other had written, too.
            Evidence::Flow if again.iter().any(flows) => continue,
            Evidence::Flow => (0, FindingKind::LostUpdate),
            Evidence::Guard => (1, FindingKind::StaleCheck),
        };
        let slot = latest.entry(rank).or_insert((kind, *read, *between));
        if slot.1.seq < read.seq {
            *slot = (kind, *read, *between);
        }
    }
    latest.into_values().find(|(kind, read, _)| *kind == FindingKind::LostUpdate || (touch.is_stale)(read.site))
}

impl Inner {
    /// The running task adds a member to an owner.
    fn added(&mut self, touch: &Touch<'_>, event: u64, counts: bool) {
        let (Some(additions), Member::Key(key)) = (self.locations.additions(touch.owner), touch.member) else { return };
        let visible = &self.visible;
        let clock = &self.tasks[self.current].clock;
        additions.add(key, (self.current, touch.site), clock, |site| visible.counts_order(site));
        if counts {
            // An edge of its own, beside that of the member.
            self.class.add_edge(mix(event), additions.count(event));
        }
    }

    /// Somebody sees in which order members came: where nothing orders the additions, it counts from the next execution on.
    fn shown(&mut self, owner: usize, members: Option<&[u64]>) {
        let pairs = self.locations.additions(owner).map(|additions| additions.unordered(members));
        for (one, other) in pairs.into_iter().flatten() {
            self.visible.add_order(one);
            self.visible.add_order(other);
        }
    }

    /// Two sites race: from the next execution on both are points.
    fn raced(&mut self, one: u32, other: u32) {
        let pair = (one.min(other), one.max(other));
        if !self.races.contains(&pair) {
            self.races.push(pair);
        }
    }

    fn note_race(&mut self, location: Place, accesses: Vec<Accessed>, recording: bool) {
        if recording {
            let sites = |accesses: &[Accessed]| accesses.iter().map(|(task, _, site, _)| (*task, *site)).collect();
            let pair: Vec<(usize, Option<u32>)> = sites(&accesses);
            self.unordered.retain(|(_, known)| pair != sites(known));
            self.unordered.push((location.clone(), accesses.clone()));
        }
        if !self.raws.iter().any(|raw| raw.kind == FindingKind::DataRace) {
            self.saw(Raw::new(FindingKind::DataRace, RawDetail::Accesses { location, accesses }));
        }
    }

    /// An access to a cell or an atomic of the Rust door.
    pub(crate) fn shared_access(&mut self, object: usize, effect: Effect, site: Site, (log, recording): (usize, bool)) {
        let atomic = self.objects[object].kind == Kind::Atomic;
        let me = self.current;
        let site = number_of(site);
        let event = self.event();
        let owner = usize::MAX - object;
        let modes: &[How] = match effect {
            Effect::Read => &[How::Read],
            Effect::Wrote => &[How::Write],
            _ => &[How::Read, How::Write],
        };
        for how in modes {
            let clock = &self.tasks[me].clock;
            self.locations.seq += 1;
            let mode = how.mode();
            let entry = Entry { task: me, mode, site, is_sure: true, at: clock.get(me), seq: self.locations.seq, log };
            let class = (!atomic).then_some(&mut self.class);
            let conflicts = self.locations.access(*how, (owner, Member::Whole), entry, clock, (event, class));
            let unaware = conflicts.stories.iter().filter(|story| story.again.is_empty());
            let story = unaware.max_by_key(|story| story.read.seq);
            let lost = story.filter(|_| *how == How::Write && matches!(effect, Effect::Wrote)).map(|story| {
                vec![
                    (me, Mode::Read, Some(story.read.site), story.read.log),
                    (story.between.task, Mode::Wrote, Some(story.between.site), story.between.log),
                    (me, mode, Some(site), log),
                ]
            });
            let race = conflicts.races.first().copied();
            if let Some(accesses) = lost {
                // An atomic's accesses never race.
                let what = RawDetail::Accesses { location: Place::Object(object), accesses };
                let suspect = race.is_none();
                self.saw(Raw { suspect, ..Raw::new(FindingKind::LostUpdate, what) });
            }
            if let Some(race) = race {
                for other in &conflicts.races {
                    self.visible.add_site(other.site);
                }
                self.visible.add_site(site);
                let accesses = vec![(race.task, race.mode, Some(race.site), race.log), (me, mode, Some(site), log)];
                self.note_race(Place::Object(object), accesses, recording);
            }
        }
    }
}

/// Source positions of the Rust door as sites; their numbers have the top bit set.
static POSITIONS: Mutex<Vec<Site>> = Mutex::new(Vec::new());
const POSITION: u32 = 1 << 31;

thread_local! {
    /// What this thread knows of `POSITIONS`, by address.
    static KNOWN: RefCell<FxHashMap<usize, u32>> = RefCell::default();
}

/// The site number of a source position.
pub(crate) fn number_of(site: Site) -> u32 {
    let address = std::ptr::from_ref(site).addr();
    KNOWN.with_borrow_mut(|known| *known.entry(address).or_insert_with(|| intern(site)))
}

fn intern(site: Site) -> u32 {
    let mut positions = POSITIONS.lock().unwrap_or_else(|e| e.into_inner());
    let index = positions.iter().position(|known| *known == site).unwrap_or_else(|| {
        positions.push(site);
        positions.len() - 1
    });
    POSITION | u32::try_from(index).unwrap_or(POSITION - 1)
}

/// The source position that a site number stands for, if it is one of the Rust door.
pub(crate) fn position_of(site: u32) -> Option<Site> {
    let positions = POSITIONS.lock().unwrap_or_else(|e| e.into_inner());
    (site & POSITION != 0).then(|| positions.get((site & !POSITION) as usize).copied()).flatten()
}
