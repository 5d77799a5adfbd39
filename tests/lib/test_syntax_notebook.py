"""What problem set 6, part two, expects of its training, and of the ready-made model."""

import math
from dataclasses import asdict

import pytest
import torch

from latentkit.data import load_sentences
from latentkit.data.text import collate
from latentkit.decoding import greedy
from latentkit.evaluation.syntax_semantics import evaluate_exchange
from latentkit.explore import figure
from latentkit.reference import syntax_semantics as formulas
from latentkit.trained import load_trained
from tests.lib.notebook_cells import run_cells

CELLS = [
    "import math",
    *(
        f"def {name}("
        for name in ("linearise", "bag_of_words_loss", "reverse_gradient", "leaked_information", "exchange_syntax")
    ),
    "dice = random.Random(0)",
    "def codes_of(",
    '"construction": lambda sentence',
]


def test_the_ready_made_model_exchanges_syntax_exactly():
    trained, corpus = load_trained("dss_vae"), load_sentences("constructions")
    model, vocabulary = trained.model, trained.vocabulary
    with torch.no_grad():
        z = model.centre(collate([vocabulary.encode(words) for words in corpus.test]))
        donors = torch.randperm(len(z), generator=torch.Generator().manual_seed(0))
        rows = greedy(model.step, formulas.exchange_syntax(*model.split(z), donors), 20)
    said = [vocabulary.decode(row).split() for row in rows]
    found = evaluate_exchange(said, corpus.test, [corpus.test[donor] for donor in donors.tolist()])
    assert found.exact >= 0.99
    told = trained.facts["exchange"]
    assert all(abs(share - told[name]) < 0.005 for name, share in asdict(found).items())


@pytest.fixture(scope="module")
def notebook():
    """The names of the notebook, trained as it trains: yours, tasks alone, and a code that is cut in two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENTKIT_STATIC", "1")
        patch.setattr(figure, "show_html", lambda html: None)
        return run_cells("ps6_syntax", CELLS, {})


@pytest.mark.slow
class TestExpected:
    def test_of_the_training(self, notebook):
        went = notebook["went"]
        last = {name: values[-30:].mean().item() for name, values in vars(went).items() if name != "adversaries"}
        assert last["nll"] < 1
        assert 2.5 < last["kl_syntactic"] < 4 and 15 < last["kl_semantic"] < 25
        assert 0 <= last["bag"] - 7 * math.log(7) < 2
        against = {name: values[-30:].mean().item() for name, values in went.adversaries.items()}
        assert against["bag"] > last["bag"] + 3
        assert abs(against["parse"] - math.log(8)) < 0.4
        assert last["parse"] < 0.2

    def test_of_the_exchange(self, notebook):
        held_out, donors = notebook["held_out"], notebook["donors"]
        meant = [sentence.words for sentence in held_out]
        built = [meant[donor] for donor in donors.tolist()]
        found = []
        for model in notebook["models"].values():
            z = formulas.exchange_syntax(*notebook["codes_of"](model, held_out), donors)
            found.append(evaluate_exchange(notebook["written"](model, z, notebook["vocabulary"]), meant, built))
        yours, tasks, cut = found
        assert yours.exact >= 0.95
        assert 0.6 < tasks.exact < 0.95 and tasks.syntax < tasks.meaning - 0.05
        assert cut.exact < 0.12 and cut.syntax < 0.25

    def test_of_what_has_leaked(self, notebook):
        leaks = {row[0]: [float(cell.split()[0]) for cell in row[1:]] for row in notebook["rows"]}
        for label in ("all of it, yours", "tasks alone"):
            _, *meaning = leaks[f"{label}, z_sem"]
            assert meaning == pytest.approx([math.log(4), math.log(4), math.log(2)], abs=0.03)
            assert leaks[f"{label}, z_syn"][0] == pytest.approx(math.log(8), abs=0.05)
        assert 1 < leaks["all of it, yours, z_sem"][0] < 1.8
        assert leaks["tasks alone, z_sem"][0] > 1.9
        assert sum(leaks["all of it, yours, z_syn"][1:]) < 0.6
