"""What sentences say of their tables is measured as a reader would count it."""

import math
import random
from itertools import permutations

import numpy as np
import pytest
import torch

from latentkit.data import e2e
from latentkit.data.table_grammar import TEMPLATES, VALUES, facts, generate, realise, realise_all
from latentkit.data.tables import MASK, TableText, by_table, load_tables
from latentkit.evaluation.bleu import bleu
from latentkit.evaluation.data_to_text import (
    adjusted_mutual_information,
    bags_of_words,
    evaluate_tables,
    evaluate_transfer,
    masked,
    template_agreement,
)

MOON = {"name": ("paper moon",), "kind": ("concert",), "host": ("anna", "hugo"), "day": ("friday",)}
ECHOES = {"name": ("echoes",), "kind": ("tour",)}


def words(text):
    return text.split()


@pytest.fixture(scope="module")
def texts():
    return generate(1_500, seed=7)


class TestSlots:
    def test_every_way_of_saying_a_table_is_exact(self, texts):
        tables = [text.table for text in texts[:50] for _ in TEMPLATES]
        said = [sentence.words for text in texts[:50] for sentence in realise_all(text.table)]
        found = evaluate_tables(said, tables)
        assert (found.sentences, found.exact, found.coverage, found.hallucination) == (700, 1, 1, 0)
        assert (found.fluency, found.templates) == (1, 14)
        assert found.effective_templates == pytest.approx(14)

    @pytest.mark.parametrize(
        "said, exact, coverage, hallucination, fluency",
        [
            ("anna and hugo invite you to the concert paper moon on friday .", 1, 1, 0, 1),
            ("hugo and anna invite you to the concert paper moon on friday .", 1, 1, 0, 1),
            ("anna invites you to the concert paper moon on friday .", 0, 4 / 5, 0, 1),
            ("you are invited to the concert paper moon .", 0, 2 / 5, 0, 1),
            ("anna and hugo invite you to the concert paper moon on friday at ten .", 0, 1, 1 / 6, 1),
            ("anna and hugo invite you to the concert paper moon on monday .", 0, 4 / 5, 1 / 5, 1),
            ("friday anna hugo concert paper moon", 1, 1, 0, 0),
            ("anna anna invite you to the concert paper moon on friday .", 0, 4 / 5, 0, 0),
            ("nothing", 0, 0, 0, 0),
            ("", 0, 0, 0, 0),
        ],
    )
    def test_of_one_sentence(self, said, exact, coverage, hallucination, fluency):
        found = evaluate_tables([words(said)], [MOON])
        assert (found.exact, found.fluency) == (exact, fluency)
        assert found.coverage == pytest.approx(coverage) and found.hallucination == pytest.approx(hallucination)

    def test_counts_what_was_swapped_dropped_and_added(self, texts):
        """Tables are changed and their sentences are not: the changes are the only differences."""
        source = random.Random(0)
        tables, swapped, dropped, slots = [], 0, 0, 0
        for text in texts:
            table = dict(text.table)
            if source.random() < 0.3:
                table["kind"] = (source.choice([kind for kind in VALUES["kind"] if (kind,) != table["kind"]]),)
                swapped += 1
            if "price" in table and source.random() < 0.5:
                del table["price"]
                dropped += 1
            slots += len(facts(text.table))
            tables.append(table)
        found = evaluate_tables([text.words for text in texts], tables)
        assert found.hallucination == pytest.approx((swapped + dropped) / slots)
        assert found.coverage == pytest.approx(1 - swapped / (slots - dropped))
        assert found.exact == pytest.approx(
            sum(dict(text.table) == table for text, table in zip(texts, tables, strict=True)) / len(texts)
        )
        assert found.fluency == 1

    def test_of_another_corpus_takes_its_reader(self):
        said = [e2e.spelt("The Mill is a cheap pub."), e2e.spelt("The Mill is near Avalon.")]
        tables = [{"name": ("the mill",), "eatType": ("pub",), "priceRange": ("cheap",)}, {"name": ("the mill",)}]
        found = evaluate_tables(said, tables, read=e2e.read_slots, parse=None)
        assert (found.exact, found.coverage, found.hallucination) == (0.5, 1, pytest.approx(1 / 5))
        assert found.fluency is found.templates is found.effective_templates is None

    def test_refuses_lists_that_do_not_match(self):
        with pytest.raises(ValueError, match="every sentence needs a table; got 1 and 2"):
            evaluate_tables([["a"]], [MOON, MOON])
        with pytest.raises(ValueError, match="every sentence needs a table; got 0 and 0"):
            evaluate_tables([], [])
        with pytest.raises(ValueError, match="got 1 and 1 and 2 lists of references"):
            evaluate_tables([["a"]], [MOON], [[["a"]], [["b"]]])


class TestVariety:
    def test_templates_count_only_where_a_sentence_parses(self):
        said = [realise(MOON, 0).words, realise(MOON, 0).words, realise(MOON, 5).words, realise(MOON, 7).words[:-1]]
        found = evaluate_tables(said, [MOON] * 4)
        assert found.templates == 2
        shares = [2 / 3, 1 / 3]
        assert found.effective_templates == pytest.approx(math.exp(-sum(p * math.log(p) for p in shares)))

    def test_a_rare_template_hardly_counts(self):
        said = [realise(MOON, 0).words] * 999 + [realise(MOON, 1).words]
        found = evaluate_tables(said, [MOON] * 1_000)
        assert found.templates == 2 and found.effective_templates < 1.01

    def test_self_bleu_tells_a_parrot_from_an_author_of_the_same_table(self):
        parrot = evaluate_tables([realise(MOON, 0).words] * 5, [MOON] * 5).self_bleu
        author = evaluate_tables([sentence.words for sentence in realise_all(MOON)], [MOON] * 14).self_bleu
        assert parrot == pytest.approx(100) and author < 60

    def test_self_bleu_does_not_compare_sentences_about_different_tables(self):
        said = [realise(table, 0).words for table in (MOON, ECHOES, MOON, ECHOES)]
        assert evaluate_tables(said, [MOON, ECHOES, MOON, ECHOES]).self_bleu == pytest.approx(100)
        assert evaluate_tables(said[:2], [MOON, ECHOES]).self_bleu is None

    def test_bleu_is_full_for_one_of_the_references_and_less_for_none(self):
        references = [[sentence.words for sentence in realise_all(MOON)]] * 2
        right = [realise(MOON, 3).words, realise(MOON, 9).words]
        assert evaluate_tables(right, [MOON] * 2, references).bleu == pytest.approx(100)
        without_day = {field: values for field, values in MOON.items() if field != "day"}
        other = [realise(without_day, 3).words, realise(without_day, 9).words]
        assert 20 < evaluate_tables(other, [MOON] * 2, references).bleu < 95
        assert evaluate_tables(right, [MOON] * 2).bleu is None

    def test_bleu_of_one_sentence_by_hand(self):
        """No penalty for a sentence as long as its reference; no four words are shared, which is smoothed to 0.1."""
        reference, said = words("the cat sat on the mat"), words("the cat lay on the mat")
        by_hand = 100 * (5 / 6 * 3 / 5 * 1 / 4 * 0.1 / 3) ** (1 / 4)
        assert bleu([[reference]], [said]) == pytest.approx(by_hand)


class TestTransfer:
    def test_of_the_grammar_is_perfect_and_its_chance_is_not(self, texts):
        donors, tables = texts[:600], [text.table for text in texts[600:1_200]]
        said = [realise(table, donor.template).words for donor, table in zip(donors, tables, strict=True)]
        found = evaluate_transfer(said, donors, tables)
        assert (found.template_kept, found.exact, found.both) == (1, 1, 1)
        assert found.chance == pytest.approx(1 / 14, abs=0.01)

    def test_copying_the_donor_keeps_the_template_and_says_the_wrong_table(self, texts):
        donors, tables = texts[:300], [text.table for text in texts[300:600]]
        found = evaluate_transfer([donor.words for donor in donors], donors, tables)
        assert (found.template_kept, found.exact, found.both) == (1, 0, 0)

    def test_chance_is_the_mean_over_all_ways_of_dealing_the_donors(self, texts):
        donors, tables = texts[:6], [text.table for text in texts[6:12]]
        said = [realise(table, k).words for table, k in zip(tables, (0, 0, 0, 1, donors[0].template, 2), strict=True)]
        said[2] = said[2][:-1]  # none of the grammar's
        kept = [
            evaluate_transfer(said, [donors[at] for at in order], tables).template_kept
            for order in permutations(range(6))
        ]
        assert evaluate_transfer(said, donors, tables).chance == pytest.approx(np.mean(kept))

    def test_both_needs_both_in_the_same_sentence(self):
        said = [realise(MOON, 0).words, realise(ECHOES, 1).words]
        found = evaluate_transfer(said, [realise(ECHOES, 0), realise(MOON, 2)], [ECHOES, ECHOES])
        assert (found.template_kept, found.exact, found.both) == (0.5, 0.5, 0)

    def test_refuses_lists_that_do_not_match(self, texts):
        with pytest.raises(ValueError, match="every sentence needs a donor and a table; got 1, 2 and 1"):
            evaluate_transfer([["a"]], texts[:2], [MOON])


class TestAgreement:
    def test_adjusted_mutual_information_by_definition(self):
        """Its expectation over all ways of dealing the clusters out, summed one by one."""
        labels, clusters = [0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 1, 1]

        def entropy(values):
            return -sum(p * math.log(p) for p in (values.count(value) / len(values) for value in set(values)))

        def information(ours, theirs):
            return entropy(ours) + entropy(theirs) - entropy(list(zip(ours, theirs, strict=True)))

        expected = np.mean([information(labels, list(dealt)) for dealt in permutations(clusters)])
        most = (entropy(labels) + entropy(clusters)) / 2
        by_hand = (information(labels, clusters) - expected) / (most - expected)
        assert adjusted_mutual_information(labels, clusters) == pytest.approx(by_hand)

    def test_of_vectors_that_are_the_templates_and_of_noise(self, texts):
        generator = torch.Generator().manual_seed(0)
        noise = torch.randn(len(texts), 14, generator=generator)
        one_hot = torch.nn.functional.one_hot(torch.tensor([text.template for text in texts]), 14)
        right, wrong = (template_agreement(z, texts) for z in (10 * one_hot + 0.1 * noise, noise))
        assert right.latent == pytest.approx(1)
        assert abs(wrong.latent) < 0.02 and abs(right.chance) < 0.01 and abs(wrong.chance) < 0.01
        assert right.masked_words == wrong.masked_words and 0.3 < right.masked_words < 0.99

    def test_refuses_what_cannot_be_compared(self, texts):
        with pytest.raises(ValueError, match="as many latent vectors as sentences, 14 at least; got 3 and 1500"):
            template_agreement(torch.zeros(3, 2), texts)
        with pytest.raises(ValueError, match="14 at least; got 5 and 5"):
            template_agreement(torch.zeros(5, 2), texts[:5])
        unknown = [TableText(text.words, text.table, text.spans, None) for text in texts[:20]]
        with pytest.raises(ValueError, match="the templates of these sentences are not known"):
            template_agreement(torch.zeros(20, 2), unknown)


class TestMasked:
    def test_every_value_is_one_mask(self):
        sentence = realise(MOON, 1)
        assert " ".join(masked(sentence.words, sentence.spans)) == (
            f"{MASK} and {MASK} invite you to the {MASK} {MASK} on {MASK} ."
        )

    def test_keeps_the_other_words(self, texts):
        for text in texts[:300]:
            found = masked(text.words, text.spans)
            assert found.count(MASK) == len(text.spans)
            inside = {at for start, end, _ in text.spans for at in range(start, end)}
            plain = [word for at, word in enumerate(text.words) if at not in inside]
            assert [word for word in found if word != MASK] == plain

    def test_bags_count_words(self):
        bags = bags_of_words([words("b a b"), words("c"), []])
        assert bags.tolist() == [[1, 2, 0], [0, 0, 1], [0, 0, 0]]


class TestByTable:
    def test_gathers_the_texts_of_each_table(self):
        tables = load_tables()
        gathered = by_table(tables.test[:5] + tables.test[:2])
        assert [said for _, said in gathered] == [
            [text.words] * (2 if number < 2 else 1) for number, text in enumerate(tables.test[:5])
        ]
        assert [table for table, _ in gathered] == [text.table for text in tables.test[:5]]
