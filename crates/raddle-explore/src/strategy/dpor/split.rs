//! The top of the tree, divided among the parts of a search that do not hear of each other.
//!
//! Every part walks the top alike: at a node each task that is awake gets a branch, below which the tasks of earlier branches
//! sleep until a step is taken that depends on theirs (Godefroid 1996). So each class lies below one branch, whatever races are
//! found elsewhere, and no race has to be reversed that begins above it. An execution that goes as far as a branch, a *probe*,
//! tells what its step does, who could go on, and who sleeps. When there are enough branches each part takes its share of them.
//!
//! A sleeper that nobody wakes makes a branch superfluous, which only shows when all has been done below it. So what has the fewest
//! sleepers is divided first.

use super::Node;
use super::tree::{Move, Tree};
use crate::deal::Deal;
use crate::dependence::mix;
use std::cmp::Reverse;
use std::rc::Rc;

/// So many branches for each part make parts of about the same size.
const BRANCHES: usize = 32;
/// After so many probes for each part it is not divided further.
const PROBES: usize = 256;

/// A place in the tree below which everything belongs to one part.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    /// Who takes the steps that lead there, in which of their ways, and a number for who could take each.
    path: Vec<(u64, u32, u64)>,
    /// What slept before the last of them.
    before: Vec<Move>,
    /// What sleeps there,
    sleep: Vec<Move>,
    /// who does not, of those who can go on, in each of their ways,
    awake: Vec<(u64, u32)>,
    /// and a number for all of them.
    offered: u64,
}

impl Branch {
    /// Where `nodes` lead, and no further.
    pub(super) fn end_of(nodes: &[Node]) -> Self {
        let path = nodes.iter().map(|node| (node.chosen, node.way, node.offered)).collect();
        let before = nodes.last().map(|node| node.sleep.clone()).unwrap_or_default();
        Branch { path, before, ..Branch::default() }
    }

    /// The nodes that lead there.
    fn nodes(&self) -> Vec<Node> {
        let node = |(chosen, way, offered): &(u64, u32, u64)| Node {
            chosen: *chosen,
            offered: *offered,
            way: *way,
            ways: 1,
            sleep: Vec::new(),
            elsewhere: 0,
            foreseen: None,
            tree: Tree::default(),
            below: Tree::default(),
        };
        let mut nodes: Vec<Node> = self.path.iter().map(node).collect();
        if let Some(last) = nodes.last_mut() {
            last.sleep.clone_from(&self.before);
            last.elsewhere = self.before.len();
        }
        nodes
    }

    /// The larger, the sooner it is divided.
    fn size(&self) -> Reverse<(usize, usize)> {
        Reverse((self.sleep.len(), self.path.len()))
    }
}

/// How far a probe went.
#[derive(Debug)]
enum Probe {
    /// To the end of the program, or it is still on its way.
    Through,
    /// To where nobody is awake.
    Asleep,
    /// To where several are.
    To(Branch),
}

/// The top of the tree.
#[derive(Debug)]
pub(super) struct Split {
    pub(super) deal: Rc<Deal>,
    /// The branches so far.
    branches: Vec<Branch>,
    /// The one that is being divided, and how many of those awake have been probed.
    dividing: Option<(Branch, usize)>,
    /// What the execution that is under way has come to, if it is a probe.
    probe: Option<Probe>,
    probes: usize,
    /// Once all is divided: the branches that are left, the last first.
    left: Option<Vec<Branch>>,
    /// How many of them have been taken or left to others.
    passed: u64,
    /// A number for the branches and their order.
    print: u64,
}

impl Split {
    pub(super) fn new(deal: Rc<Deal>) -> Self {
        Split { deal, branches: Vec::new(), dividing: None, probe: None, probes: 0, left: None, passed: 0, print: 0 }
    }

    /// A number for how the tree is divided; 0 as long as it is not.
    pub(super) fn print(&self) -> u64 {
        self.print
    }

    /// The branch that is searched, counted from 1, if it went to whoever asked first.
    pub(super) fn branch(&self) -> u64 {
        if self.deal.is_open() { self.passed } else { 0 }
    }

    /// Whether the execution is a probe.
    pub(super) fn is_probing(&self) -> bool {
        self.probe.is_some()
    }

    /// Whether it is still being divided.
    pub(super) fn is_scouting(&self) -> bool {
        self.left.is_none()
    }

    /// The nodes that the next execution begins with: a probe, or the first of a branch of this part; none if there are no more.
    pub(super) fn next(&mut self) -> Option<Vec<Node>> {
        if self.left.is_none() {
            self.probe = Some(Probe::Through);
            if self.probes == 0 {
                return Some(Vec::new());
            }
            if let Some(nodes) = self.next_probe() {
                return Some(nodes);
            }
            self.probe = None;
            let mut all = std::mem::take(&mut self.branches);
            all.sort_by_key(Branch::size);
            let forks = all
                .iter()
                .flat_map(|branch| branch.path.iter().map(|(chosen, way, _)| *chosen ^ u64::from(*way)).chain([0]));
            self.print = forks.fold(1, |print, fork| mix(print ^ fork));
            self.left = Some(all);
        }
        loop {
            let branch = self.left.as_mut()?.pop()?;
            self.passed += 1;
            if self.deal.takes("branch", self.passed - 1) {
                return Some(branch.nodes());
            }
        }
    }

    fn next_probe(&mut self) -> Option<Vec<Node>> {
        loop {
            if let Some((branch, probed)) = &self.dividing
                && let Some(next) = branch.awake.get(*probed)
            {
                let mut nodes = branch.nodes();
                let ((chosen, way), offered, sleep) = (*next, branch.offered, branch.sleep.clone());
                nodes.push(Node {
                    chosen,
                    offered,
                    way,
                    ways: 1,
                    sleep,
                    elsewhere: 0,
                    foreseen: None,
                    tree: Tree::default(),
                    below: Tree::default(),
                });
                return Some(nodes);
            }
            let enough = |count: usize, each: usize| count >= self.deal.parts().saturating_mul(each);
            if enough(self.branches.len(), BRANCHES) || enough(self.probes, PROBES) {
                return None;
            }
            let (place, _) = (0..self.branches.len())
                .filter(|place| !self.branches[*place].awake.is_empty())
                .map(|place| (place, self.branches[place].size()))
                .max_by_key(|(place, size)| (*size, Reverse(*place)))?;
            self.dividing = Some((self.branches.remove(place), 0));
        }
    }

    /// A probe has come to where it is for other executions to go on; these can, and that sleeps there.
    pub(super) fn came_to(&mut self, nodes: &[Node], sleep: Vec<Move>, awake: Vec<(u64, u32)>, offered: u64) {
        let end = Branch::end_of(nodes);
        self.probe =
            Some(if awake.is_empty() { Probe::Asleep } else { Probe::To(Branch { sleep, awake, offered, ..end }) });
    }

    /// Ends a probe; `step` tells of the node of that number what its step was.
    pub(super) fn probed(&mut self, nodes: &[Node], step: impl FnOnce(usize) -> Move) {
        self.probes += 1;
        match self.probe.take() {
            Some(Probe::Through) => self.branches.push(Branch::end_of(nodes)),
            Some(Probe::To(branch)) => self.branches.push(branch),
            Some(Probe::Asleep) | None => {}
        }
        if let Some((branch, probed)) = &mut self.dividing {
            *probed += 1;
            let mover = step(branch.path.len());
            match branch.sleep.iter_mut().find(|known| known.name == mover.name) {
                // It was probed in another way.
                Some(known) => known.join(&mover),
                None => branch.sleep.push(mover),
            }
        }
    }
}
