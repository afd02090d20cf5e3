"""An SPF record as a terminal shows it: what it says of an address, and all that it leads to."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from smtp_panel.cli.terminal import Terminal
from smtp_panel.smtp.text import printable
from smtp_panel.spf.client import Client
from smtp_panel.spf.outcome import MOST_LOOKUPS, MOST_VOID, Result, SPFOutcome, WalkStep
from smtp_panel.spf.walk import Branch, Tree
from smtp_panel.telling.language import in_words
from smtp_panel.words import N_

VERDICTS = {
    Result.NONE: N_("%(domain)s publishes no SPF record: none."),
    Result.NEUTRAL: N_("%(domain)s says nothing about mail from %(ip)s: neutral."),
    Result.PASS: N_("%(ip)s may send mail for %(domain)s: pass."),
    Result.FAIL: N_("%(ip)s may not send mail for %(domain)s: fail."),
    Result.SOFTFAIL: N_("%(ip)s should not send mail for %(domain)s: softfail."),
    Result.TEMPERROR: N_("Nobody can tell at the moment: temperror."),
    Result.PERMERROR: N_("The SPF record of %(domain)s can't be used: permerror."),
}
COLOURS = {
    Result.PASS: "green",
    Result.FAIL: "red",
    Result.PERMERROR: "red",
    Result.SOFTFAIL: "yellow",
    Result.TEMPERROR: "yellow",
}


@dataclass(frozen=True)
class PrintedCheck:
    """Prints the `outcome` of a check of `client` on `terminal`, and the tree of the record."""

    terminal: Terminal
    client: Client
    outcome: SPFOutcome

    def verdict(self) -> None:
        """Print the result, why, and what was counted."""
        outcome = self.outcome
        said = gettext(VERDICTS[outcome.result], ip=str(self.client.ip), domain=self.client.domain)
        self.terminal.paragraph(said, fg=COLOURS.get(outcome.result), bold=True)
        if outcome.fault:
            self.terminal.paragraph(in_words(outcome.fault.sentence), "  ")
        if outcome.explanation:
            explained = gettext("The domain explains: %(words)s", words=outcome.explanation)
            self.terminal.paragraph(explained, "  ")
        self.terminal.paragraph(
            gettext(
                "Look-ups until then: %(lookups)s of %(most)s; without an answer: %(void)s of"
                " %(most_void)s.",
                lookups=outcome.lookups,
                most=MOST_LOOKUPS,
                void=outcome.void_lookups,
                most_void=MOST_VOID,
            ),
            "  ",
        )

    def tree(self, tree: Tree) -> None:
        """Print the record and all that it leads to, with an arrow at the terms that decided."""
        if tree.record is None:
            return
        self.terminal.line()
        counted = gettext("What each term costs: %(sum)s look-ups in all", sum=tree.lookups)
        self.terminal.paragraph(counted)
        self.terminal.line(printable(tree.domain))
        self._branches(tree, "")

    def _branches(self, tree: Tree, indent: str) -> None:
        if tree.fault:
            self.terminal.paragraph(in_words(tree.fault.sentence), indent)
        for branch in tree.branches:
            last = branch is tree.branches[-1]
            below = f"{indent}{' ' if last else '│'}     "
            begin = f"{indent}{'└' if last else '├'} {branch.lookups or '-':>2}  "
            self.terminal.line(
                begin + self._marked(_term(branch), WalkStep(tree.domain, branch.term.text))
            )
            if branch.tree:
                self._branches(branch.tree, below)
            if branch.fault:
                self.terminal.paragraph(in_words(branch.fault.sentence), below)

    def _marked(self, text: str, step: WalkStep) -> str:
        if step not in self.outcome.path:
            return text
        return self.terminal.styled(f"{text} ←", fg=COLOURS.get(self.outcome.result))


def _term(branch: Branch) -> str:
    """A term, and what is to be said of it."""
    text = printable(branch.term.text)
    if branch.void:
        return gettext("%(term)s (finds nothing)", term=text)
    if branch.unknown:
        return gettext("%(term)s (depends on the message)", term=text)
    return text
