"""Mix and match: each table is said as the model says it, in half precision, at a z on the way between sentences."""

import pytest
import torch

from latentkit.data.table_grammar import FIELDS, VALUES, facts, parse, realise
from latentkit.data.tables import TableText, collate_tables
from latentkit.data.text import collate
from latentkit.decoding import greedy
from latentkit.explore import mix_templates
from latentkit.explore.mixing import ROWS, Mix, Said, choices_of, draw, judge, pattern_of, table_of
from latentkit.models import TemplateMachine
from latentkit.models.template_machine import attention
from latentkit.training.template_machine import table_vocabulary
from tests.lib.common import magnified

TABLES = [
    {"name": ("paper moon",), "kind": ("concert",), "host": ("anna", "professor lindt"), "day": ("friday",)},
    {"name": ("echoes",), "kind": ("tour",), "place": ("old mill",), "price": ("3",)},
    {"name": ("sparks",), "kind": ("debate",), "hour": ("six",), "seats": ("20",), "language": ("french",)},
]


def said_by(table, template) -> TableText:
    sentence = realise(table, template)
    return TableText(sentence.words, dict(sentence.table), sentence.spans, template)


TEXTS = [said_by(table, template) for table, template in zip(TABLES, (0, 5, 12), strict=True)]
VOCABULARY = table_vocabulary([said_by(table, template) for table in TABLES for template in range(14)])


def untrained(seed=3, factor=3) -> TemplateMachine:
    """With weights so large that z and the table decide what is said."""
    torch.manual_seed(seed)
    sizes = {"embedding_dim": 6, "hidden_dim": 12, "template_dim": 3, "content_dim": 5, "template_hidden_dim": 4}
    return magnified(TemplateMachine(len(VOCABULARY), len(FIELDS), **sizes).eval(), factor)


@pytest.fixture(scope="module")
def model() -> TemplateMachine:
    return untrained()


@pytest.fixture(scope="module")
def mix(model) -> Mix:
    return Mix.of(model, VOCABULARY, TEXTS)


def test_a_table_is_chosen_row_by_row_and_read_back():
    for table in TABLES:
        assert table_of(choices_of(table)) == table
    assert [field for field, _ in ROWS].count("host") == 3 and set(FIELDS) == {field for field, _ in ROWS}


def test_a_host_that_is_chosen_twice_or_behind_a_gap_is_there_once():
    hosts = VALUES["host"]
    chosen = {("name", 0): 1, ("kind", 0): 1, ("host", 0): 3, ("host", 1): 0, ("host", 2): 3}
    assert table_of([chosen.get(row, 0) for row in ROWS])["host"] == (hosts[2],)
    chosen[("host", 0)] = 0
    assert table_of([chosen.get(row, 0) for row in ROWS])["host"] == (hosts[2],)


@pytest.mark.parametrize("walk", [1.0, 1.25, 2.0, 2.8, 3.0])
def test_what_is_said_is_what_the_model_says_at_that_place_of_the_way(mix, model, walk):
    with torch.no_grad():
        means = model.read(collate([VOCABULARY.encode(text.words) for text in TEXTS])).template_mu.double()
        start, share = (int(walk) - 1, walk % 1) if walk < 3 else (1, 1.0)
        z = (1 - share) * means[start] + share * means[start + 1]
        rounded = untrained().half().double()
        for table, said in zip(TABLES, mix.tell(walk, list(map(choices_of, TABLES))), strict=True):
            writer = rounded.writer(rounded.encode_tables(collate_tables([table], VOCABULARY)))
            (row,) = greedy(writer, z.unsqueeze(0), 60)
            assert said.words == VOCABULARY.decode(row).split()


def test_each_z_and_each_table_tells():
    mix = Mix.of(untrained(), VOCABULARY, TEXTS)
    said = [tuple(one.words) for walk in (1, 2, 3) for one in mix.tell(walk, list(map(choices_of, TABLES)))]
    assert len(set(said[:3])) > 1 and len(set(said[::3])) > 1


def test_the_looks_are_the_shares_of_the_attention_of_the_librarys(mix):
    """Keys with a coordinate of their own for each record make attention's context tell its weights."""
    table = TABLES[0]
    (said,) = mix.tell(1, [choices_of(table)])
    records = collate_tables([table], VOCABULARY)
    weights = []

    def watched(query, keys, present):
        width, number = keys.shape[2], keys.shape[1]
        own = torch.eye(number, dtype=keys.dtype)[None]
        stretched = torch.cat([query * ((width + number) / width) ** 0.5, query.new_zeros(1, number)], dim=1)
        weights.append(attention(stretched, torch.cat([keys, own], dim=2), present)[0, width:])
        return attention(query, keys, present)

    with torch.no_grad():
        encoded = mix.machine.encode_tables(records)
        greedy(mix.machine.writer(encoded, watched), mix.z[:1], 60)
    assert len(said.looks) == len(said.words) > 0
    for shares, look in zip(weights, said.looks, strict=False):
        of_field = [shares[records.fields[0] == number].sum().item() for number in range(1, len(FIELDS) + 1)]
        assert look == pytest.approx(of_field, abs=1e-9) and sum(look) == pytest.approx(1)


def test_a_sentence_is_judged_by_the_parser(mix, monkeypatch):
    table, wrong = TABLES[0], {**TABLES[0], "day": ("sunday",)}
    words = {
        "template 3, its table exactly": realise(table, 3).words,
        "template 3, left out: friday; made up: sunday": realise(wrong, 3).words,
        "no sentence of the grammar, left out: anna, professor lindt, friday": ("paper", "moon", "concert"),
    }
    for expected, sentence in words.items():
        monkeypatch.setattr("latentkit.data.text.Vocabulary.decode", lambda self, row, said=sentence: " ".join(said))
        (said,) = mix.tell(1, [choices_of(table)])
        assert judge(said) == expected
        assert (said.template == 3) is (parse(sentence) is not None)


def test_a_pattern_has_a_field_for_each_value():
    assert " ".join(pattern_of(TEXTS[0])) == "the {kind} {name} takes place on {day} , led by {host} and {host} ."


def test_the_still_text_tells_tables_place_and_sentences(mix):
    said = mix.tell(1, mix.tables())
    passage = draw(mix, 1)
    for one in said:
        assert " ".join(one.words) in passage.alt and judge(one) in passage.html
    assert "z of sentence 1, template 0" in passage.html and "host anna, professor lindt" in passage.alt
    assert passage.html.count("<td") == 1 + 2 * len(FIELDS) + 4 and "missing" in passage.html
    assert "z at 1.50, between the sentences 1 and 2" in draw(mix, 1.5).alt


def test_a_value_that_is_made_up_is_underlined(mix, monkeypatch):
    words = realise({**TABLES[0], "day": ("sunday",)}, 3).words
    fixed = Said(words, [[1.0] + [0.0] * 8] * len(words), 3, ["friday"], ["sunday"])
    monkeypatch.setattr(Mix, "tell", lambda self, walk, chosen: [fixed, fixed])
    html = draw(mix, 1).html
    assert html.count("<u>") == 2 and "<b><u>sunday</u></b><sub>day</sub>" in html and "<b>anna</b><sub>host" in html


def test_it_stays_small_and_its_data_say_the_grammar(model):
    figure = mix_templates(model, VOCABULARY, TEXTS)
    assert figure.controls[0].high == 3
    assert facts(table_of(figure.data["tables"][1])) == facts(TABLES[1])
    assert len(figure.data["plans"]) == 14


def test_what_the_figure_cannot_show_is_refused(model):
    with pytest.raises(ValueError, match="two sentences with their tables at least, got 1"):
        mix_templates(model, VOCABULARY, TEXTS[:1])
    nameless = TableText(TEXTS[0].words, TEXTS[0].table, TEXTS[0].spans, None)
    with pytest.raises(ValueError, match="sentences of known template; 'the concert paper moon"):
        mix_templates(model, VOCABULARY, [nameless, *TEXTS])
    strange = TableText(("the", "cafe"), {"food": ("thai",)}, (), 0)
    with pytest.raises(ValueError, match="there is no field 'food'"):
        mix_templates(model, VOCABULARY, [strange, *TEXTS])
    with pytest.raises(ValueError, match=r"a model of the vocabulary's \d+ words and of the 9 fields"):
        mix_templates(TemplateMachine(len(VOCABULARY), 8), VOCABULARY, TEXTS)
