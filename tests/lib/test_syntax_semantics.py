"""Two vectors, one of meaning and one of syntax: the bound, what each loss trains, what training refuses, measures."""

import itertools
from dataclasses import replace

import pytest
import torch
from numpy.polynomial.hermite_e import hermegauss
from torch.distributions import Normal

from latentkit.checkpoints import Checkpoint, load, save
from latentkit.data.construction_grammar import FUNCTION_WORDS, SYNTAXES, Meaning, Syntax, generate, realise
from latentkit.data.grammar import brackets
from latentkit.data.parses import ParseTokens
from latentkit.data.text import BOS, EOS, PAD, UNK, Vocabulary, collate
from latentkit.decoding import greedy
from latentkit.evaluation.syntax_semantics import evaluate_exchange, probe, share_of_words, turned_round
from latentkit.models import SyntaxSemanticsVAE
from latentkit.reference import syntax_semantics as formulas
from latentkit.training.syntax_semantics import Losses, adversary_losses, task_losses, train_syntax_semantics
from tests.lib.common import magnified

LOSSES = Losses.of(formulas)
WORDS = ("actor", "film", "waits", "has")
VOCABULARY = Vocabulary(WORDS)
PARSES = ("(S (NP (NOUN actor)) (VP (VERB waits)))", "(SQ (AUX has) (NP (NOUN actor)))", "(S (NP (NOUN film)))")
SENTENCES = (("actor", "waits"), ("has", "actor"), ("film",))
TREES = ParseTokens.from_parses(PARSES)
ENCODER = ("embedding", "encoder", "semantic_head", "syntactic_head")
TRAINED_BY = {
    "bag": (*ENCODER[:3], "bag"),
    "parse": ("embedding", "encoder", "syntactic_head", "parse"),
    "adversary bag": ("embedding", "encoder", "syntactic_head", "adversaries.bag"),
    "adversary parse": (*ENCODER[:3], "adversaries.parse"),
    "adversary sentence_semantic": (*ENCODER[:3], "adversaries.sentence_semantic"),
    "adversary sentence_syntactic": ("embedding", "encoder", "syntactic_head", "adversaries.sentence_syntactic"),
}
"""By loss, the parts of the model that it trains; it leaves every other one alone."""


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    monkeypatch.setenv("LATENTKIT_STATIC", "1")


def fresh(seed=3, **sizes):
    torch.manual_seed(seed)
    sizes = {"embedding_dim": 5, "hidden_dim": 6, "semantic_dim": 1, "syntactic_dim": 1, "side_dim": 4} | sizes
    return SyntaxSemanticsVAE(len(VOCABULARY), parse_vocab_size=len(TREES.vocabulary), **sizes)


@pytest.fixture
def model():
    return magnified(fresh(), 2.0).double().eval()


@pytest.fixture
def batch():
    tokens = collate([VOCABULARY.encode(words) for words in SENTENCES])
    return tokens, collate(TREES.encode(PARSES, formulas.linearise)), tokens


def every_sequence(size, most):
    """All sequences of at most so many tokens that are no special ones, [S, T], and all beginnings of one more."""
    words = range(EOS + 1, size)
    whole = collate([list(said) for length in range(most + 1) for said in itertools.product(words, repeat=length)])
    begun = torch.tensor(list(itertools.product(words, repeat=most + 1)))
    return whole, torch.cat([torch.full_like(begun[:, :1], BOS), begun], dim=1)


def parts_of(model):
    for name, part in model.named_children():
        if name == "adversaries":
            yield from ((f"adversaries.{key}", reader) for key, reader in part.items())
        else:
            yield name, part


class TestModel:
    def test_sentences_and_parses_are_distributions(self, model):
        z = torch.tensor([[0.3, -0.6]], dtype=torch.float64)
        sentences = sum(
            model.log_likelihood(rows, z.expand(len(rows), -1)).exp().sum().item()
            for rows in every_sequence(len(VOCABULARY), 2)
        )
        assert sentences == pytest.approx(1, abs=1e-9)
        trees = sum(
            model.parse.log_likelihood(rows, z[:, :1].expand(len(rows), -1)).exp().sum().item()
            for rows in every_sequence(len(TREES.vocabulary), 2)
        )
        assert trees == pytest.approx(1, abs=1e-9)

    def test_a_bag_gives_the_special_tokens_no_share(self, model):
        shares = model.bag(torch.randn(4, 1, dtype=torch.float64)).softmax(-1)
        assert (shares[:, : EOS + 1] == 0).all()
        torch.testing.assert_close(shares.sum(-1), torch.ones(4, dtype=torch.float64))

    def test_its_elbo_is_a_bound_of_the_evidence(self, model, batch):
        tokens = batch[0]
        nodes, weights = (torch.from_numpy(part) for part in hermegauss(24))
        grid = torch.cartesian_prod(nodes, nodes)
        weight = torch.cartesian_prod(weights, weights).prod(-1) / weights.sum() ** 2
        for row in range(len(tokens)):
            likelihood = model.log_likelihood(tokens[[row]].expand(len(grid), -1), grid)
            evidence = (weight * likelihood.exp()).sum().log()
            torch.manual_seed(0)
            with torch.no_grad():
                elbo = model.terms(tokens[[row]].expand(4000, -1)).elbo
            assert elbo.mean() < evidence + 4 * elbo.std() / 4000**0.5

    def test_the_kl_is_the_sum_of_both(self, model, batch):
        terms = model.terms(batch[0])
        for q, kl in zip(model.posteriors(batch[0]), (terms.kl_semantic, terms.kl_syntactic), strict=True):
            normal = Normal(q.mean, q.stddev)
            expected = torch.distributions.kl_divergence(
                normal, Normal(torch.zeros_like(q.mean), torch.ones_like(q.mean))
            )
            torch.testing.assert_close(kl, expected.sum(-1))
        torch.testing.assert_close(terms.elbo, terms.log_likelihood - terms.kl_semantic - terms.kl_syntactic)

    def test_the_decoder_reads_meaning_before_syntax(self, model, batch):
        terms = model.terms(batch[0])
        z = torch.cat([terms.z_semantic, terms.z_syntactic], -1)
        torch.testing.assert_close(model.log_likelihood(batch[0], z), terms.log_likelihood)
        for one, other in zip(model.split(z), (terms.z_semantic, terms.z_syntactic), strict=True):
            assert torch.equal(one, other)
        semantic, syntactic = model.posteriors(batch[0])
        assert torch.equal(model.centre(batch[0]), torch.cat([semantic.mean, syntactic.mean], -1))

    def test_comes_back_from_a_checkpoint(self, model, batch, tmp_path):
        save(tmp_path / "two", Checkpoint(model.float(), VOCABULARY, {}))
        again = load(tmp_path / "two").model
        torch.testing.assert_close(again.centre(batch[0]), model.centre(batch[0]), rtol=1e-2, atol=1e-2)


class TestBarriers:
    @pytest.mark.parametrize("loss", TRAINED_BY)
    def test_each_loss_trains_its_own_parts(self, model, batch, loss):
        tokens, tree, bag = batch
        terms = model.terms(tokens)
        name = loss.removeprefix("adversary ")
        if name == loss:
            value = task_losses(model, terms, tree, bag, LOSSES)[name]
        else:
            value = adversary_losses(model, terms, tokens, tree, bag, LOSSES, {name: 0.5})[name]
        value.backward()
        trained = {
            name for name, part in parts_of(model)
            if any(parameter.grad is not None and parameter.grad.any() for parameter in part.parameters())
        }  # fmt: skip
        assert trained == set(TRAINED_BY[loss])

    @pytest.mark.parametrize("name", ["bag", "parse", "sentence_semantic", "sentence_syntactic"])
    def test_the_encoder_climbs_what_the_adversary_descends(self, model, batch, name):
        """The adversary's own gradient does not know of the reversal; the encoder's is -weight times the true one."""
        tokens, tree, bag = batch
        gradients = {}
        for weight in (0.25, None):
            model.zero_grad()
            torch.manual_seed(1)
            through = replace(
                LOSSES, reverse_gradient=(lambda codes, _: codes) if weight is None else LOSSES.reverse_gradient
            )
            terms = model.terms(tokens)
            adversary_losses(model, terms, tokens, tree, bag, through, {name: weight or 0.0})[name].backward()
            gradients[weight] = {
                part: parameter.grad.clone()
                for part, parameter in model.named_parameters()
                if parameter.grad is not None
            }
        assert gradients[0.25].keys() == gradients[None].keys()
        for part, gradient in gradients[0.25].items():
            factor = 1.0 if part.startswith("adversaries") else -0.25
            torch.testing.assert_close(gradient, factor * gradients[None][part], msg=part)


def small_corpus():
    """Sixteen meanings, each in four constructions."""
    meanings = [
        Meaning(agent, "proud", verb, thing, "odd", "gladly", tense)
        for agent in ("actor", "nurse")
        for verb in ("praised", "copied")
        for thing in ("film", "song")
        for tense in ("past", "present")
    ]
    ways = [Syntax(construction, False, False) for construction in ("active", "passive", "agent cleft", "question")]
    return [realise(meaning, way) for meaning in meanings for way in ways]


class TestTraining:
    @staticmethod
    def prepared(corpus):
        vocabulary = Vocabulary.from_sentences(sentence.words for sentence in corpus)
        parses = [brackets(sentence.tree) for sentence in corpus]
        return vocabulary, ParseTokens.from_parses(parses), [sentence.words for sentence in corpus], parses

    def test_sentences_take_the_syntax_of_others(self):
        """Meanings take longer than a test has; the model that comes with the kit is asked for both."""
        corpus = small_corpus()
        known = [sentence for number, sentence in enumerate(corpus) if number % 5]
        vocabulary, trees, words, parses = self.prepared(known)
        torch.manual_seed(0)
        sizes = {"embedding_dim": 16, "hidden_dim": 48, "semantic_dim": 6, "syntactic_dim": 3, "side_dim": 24}
        model = SyntaxSemanticsVAE(len(vocabulary), parse_vocab_size=len(trees.vocabulary), **sizes)
        steps = train_syntax_semantics(
            model, vocabulary, trees, words, parses, LOSSES, steps=300, batch_size=24, learning_rate=1e-2,
            not_in_bag=FUNCTION_WORDS,
        )  # fmt: skip
        assert steps.nll[-20:].mean() < 0.3 * steps.nll[:20].mean()
        assert steps.parse[-20:].mean() < 0.2 * steps.parse[:20].mean()
        assert set(steps.adversaries) == {"bag", "parse"} and steps.adversaries["bag"].shape == (300,)
        left_out = corpus[::5]
        with torch.no_grad():
            z = model.centre(collate([vocabulary.encode(sentence.words) for sentence in left_out]))
            donors = torch.arange(len(left_out)).roll(1)
            rows = greedy(model.step, formulas.exchange_syntax(*model.split(z), donors), 20)
        said = [vocabulary.decode(row).split() for row in rows]
        meant, built = [sentence.words for sentence in left_out], [left_out[donor].words for donor in donors.tolist()]
        found = evaluate_exchange(said, meant, built)
        assert found.syntax == found.fluency == 1, found

    def test_a_run_is_repeated_by_its_seed_whatever_the_global_one(self):
        ends = []
        for global_seed, own in [(1, 7), (2, 7), (2, 8)]:
            model = fresh()
            torch.manual_seed(global_seed)
            train_syntax_semantics(model, VOCABULARY, TREES, SENTENCES, PARSES, LOSSES, steps=3, batch_size=4, seed=own)
            ends.append(model.output.weight.detach().clone())
        assert torch.equal(ends[0], ends[1]) and not torch.equal(ends[1], ends[2])

    def test_adversaries_of_weight_zero_are_left_out(self):
        model, start = fresh(), fresh()
        steps = train_syntax_semantics(
            model,
            VOCABULARY,
            TREES,
            SENTENCES,
            PARSES,
            LOSSES,
            steps=3,
            batch_size=4,
            adversaries={"bag": 0.1, "parse": 0},
        )
        assert set(steps.adversaries) == {"bag"}
        for name in ("parse", "sentence_semantic", "sentence_syntactic"):
            for one, other in zip(
                model.adversaries[name].parameters(), start.adversaries[name].parameters(), strict=True
            ):
                assert torch.equal(one, other)

    @pytest.mark.parametrize(
        "name, formula, words",
        [
            ("bag_of_words_loss", lambda logits, tokens: logits.sum().item(), "must return a tensor, got float"),
            ("bag_of_words_loss", lambda logits, tokens: logits.logsumexp(-1), "must return one number"),
            ("bag_of_words_loss", lambda logits, tokens: logits.detach().sum(), "without a gradient"),
            ("bag_of_words_loss", lambda logits, tokens: (logits - torch.inf).sum(), "gives -inf"),
            ("reverse_gradient", lambda codes, weight: -weight * codes, "must return the codes as they are"),
            ("reverse_gradient", lambda codes, weight: codes, "came back as 1, not -0.5"),
            ("reverse_gradient", lambda codes, weight: codes.detach(), "without a gradient"),
            ("reverse_gradient", lambda codes, weight: codes.detach() * 2 - codes, "came back as -1, not -0.5"),
        ],
    )
    def test_a_formula_that_teaches_nothing_is_refused_by_name(self, name, formula, words):
        with pytest.raises(ValueError, match=f"{name}.*{words}"):
            train_syntax_semantics(
                fresh(), VOCABULARY, TREES, SENTENCES, PARSES, replace(LOSSES, **{name: formula}), steps=1, batch_size=2
            )

    @pytest.mark.parametrize(
        "change, words",
        [
            ({"sentences": []}, "no sentences to train on"),
            ({"parses": PARSES[:2]}, "3 sentences, 2 parses"),
            ({"bags": SENTENCES[:1]}, "3 parses and 1 bags"),
            ({"batch_size": 0}, "batch_size must be at least 1"),
            ({"adversaries": {"tense": 1.0}}, "no adversary 'tense'; there are: bag, parse"),
            ({"adversaries": {"bag": -1.0}}, "at least 0, got -1 for 'bag'"),
            ({"vocabulary": Vocabulary(WORDS[:2])}, "the model knows 8 words"),
        ],
    )
    def test_what_no_training_can_begin_with_is_refused(self, change, words):
        given = {"vocabulary": VOCABULARY, "sentences": SENTENCES, "parses": PARSES, "batch_size": 2} | change
        vocabulary, sentences, parses = (given.pop(name) for name in ("vocabulary", "sentences", "parses"))
        with pytest.raises(ValueError, match=words):
            train_syntax_semantics(fresh(), vocabulary, TREES, sentences, parses, LOSSES, steps=1, **given)

    def test_divergence_is_told_with_its_way_out(self):
        with pytest.raises(ValueError, match="learning_rate smaller than 1e"):
            train_syntax_semantics(
                fresh(), VOCABULARY, TREES, SENTENCES, PARSES, LOSSES, steps=40, batch_size=4, learning_rate=1e30
            )

    @pytest.mark.gpu
    def test_on_a_device(self):
        model = fresh().cuda()
        steps = train_syntax_semantics(
            model, VOCABULARY, TREES, SENTENCES, PARSES, LOSSES, steps=3, batch_size=4,
            adversaries={"bag": 0.1, "parse": 0.1, "sentence_semantic": 0.1, "sentence_syntactic": 0.1},
        )  # fmt: skip
        assert steps.nll.isfinite().all() and model.output.weight.is_cuda


class TestMeasures:
    def test_an_exchange_is_judged_by_both_donors(self):
        sentences = generate(40, seed=5, reversible=1.0)
        meant = [sentence.words for sentence in sentences]
        built = meant[1:] + meant[:1]
        syntaxes = [sentence.syntax for sentence in sentences[1:] + sentences[:1]]
        right = [realise(one.meaning, syntax).words for one, syntax in zip(sentences, syntaxes, strict=True)]
        found = evaluate_exchange(right, meant, built)
        assert (found.exact, found.meaning, found.syntax, found.words_kept, found.fluency) == (1, 1, 1, 1, 1)
        assert found.reversed == 0
        turned = [realise(turned_round(one.meaning), way).words for one, way in zip(sentences, syntaxes, strict=True)]
        found = evaluate_exchange(turned, meant, built)
        assert (found.exact, found.meaning, found.syntax, found.words_kept, found.reversed) == (0, 0, 1, 1, 1)
        found = evaluate_exchange(meant, meant, built)
        changed = sum(one.syntax == way for one, way in zip(sentences, syntaxes, strict=True)) / 40
        assert (found.meaning, found.words_kept) == (1, 1) and found.syntax == found.exact == changed
        found = evaluate_exchange([()] * 40, meant, built)
        assert (found.fluency, found.exact, found.words_kept) == (0, 0, 0)

    def test_words_are_counted_as_often_as_they_are_meant(self):
        assert share_of_words(["the", "film", "film"], ["the", "film", "had", "a", "film"]) == 0.5
        assert share_of_words(["film"], ["the"]) == 1

    def test_strange_donors_are_refused(self):
        words = realise(Meaning("actor", "proud", "copied", "film", "odd", "gladly", "past"), SYNTAXES[0]).words
        with pytest.raises(ValueError, match="got 'the film'"):
            evaluate_exchange([words], [words], [("the", "film")])
        with pytest.raises(ValueError, match="got 1, 2 and 1"):
            evaluate_exchange([words], [words] * 2, [words])

    def test_a_probe_finds_what_is_there_and_nothing_else(self):
        torch.manual_seed(2)
        labels = torch.randint(4, (1500,))
        angle = labels * torch.pi / 2
        there = torch.stack([angle.cos(), angle.sin()], -1) * 3 + 0.3 * torch.randn(1500, 2)
        names = [f"class {label}" for label in labels.tolist()]
        found = probe(there[:1000], names[:1000], there[1000:], names[1000:])
        assert found.accuracy > 0.97 and found.chance < 0.35
        told = formulas.leaked_information(found.logits, found.labels).item()
        assert 1.2 < told <= torch.tensor(4.0).log() + 1e-3
        nothing = torch.randn(1500, 2)
        found = probe(nothing[:1000], names[:1000], nothing[1000:], names[1000:])
        assert abs(found.accuracy - 0.25) < 0.1
        assert formulas.leaked_information(found.logits, found.labels).item() < 0.01

    def test_a_probe_refuses_what_it_cannot_be_asked(self):
        codes = torch.randn(30, 2)
        with pytest.raises(ValueError, match="got 30 and 29"):
            probe(codes, ["a"] * 29, codes, ["a"] * 30)
        with pytest.raises(ValueError, match="'c' is not"):
            probe(codes, ["a", "b"] * 15, codes[:1], ["c"])


def test_unknown_words_are_in_no_bag():
    logits = torch.zeros(1, len(VOCABULARY))
    tokens = torch.tensor([[BOS, UNK, EOS + 2, EOS, PAD]])
    expected = -torch.log_softmax(logits, -1)[0, EOS + 2]
    torch.testing.assert_close(formulas.bag_of_words_loss(logits, tokens), expected)
