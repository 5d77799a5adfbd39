"""What is said of the template machine that comes with the kit, measured on held-out tables by the grammar's parser."""

import pytest
import torch

from latentkit.data.tables import collate_tables, load_tables
from latentkit.data.text import collate
from latentkit.decoding import greedy, sample
from latentkit.evaluation.data_to_text import evaluate_tables, evaluate_transfer, template_agreement
from latentkit.models.template_machine import TableEncoding
from latentkit.trained import FOLDER, load_trained

HELD_OUT = 200


@pytest.fixture(scope="module")
def trained():
    return load_trained("vtm")


@pytest.fixture(scope="module")
def texts():
    return load_tables("embedded").test[:HELD_OUT]


@pytest.fixture(scope="module")
def encoded(trained, texts):
    with torch.no_grad():
        return trained.model.encode_tables(collate_tables([text.table for text in texts], trained.vocabulary))


@pytest.fixture(scope="module")
def reading(trained, texts):
    with torch.no_grad():
        return trained.model.read(collate([trained.vocabulary.encode(text.words) for text in texts]))


def words(trained, rows):
    return [trained.vocabulary.decode(row).split() for row in rows]


def test_it_is_small():
    assert sum(file.stat().st_size for file in (FOLDER / "vtm").iterdir()) < 2 * 2**20


def test_slots_are_exact_at_the_temperature_at_which_many_templates_are_used(trained, texts, encoded):
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(HELD_OUT, trained.model.sizes.template_dim, generator=generator)
    rows = sample(trained.model.writer(encoded), z, 60, temperature=0.5, generator=generator)
    found = evaluate_tables(words(trained, rows), [text.table for text in texts])
    assert found.exact >= 0.95 and found.templates >= 6 and found.effective_templates >= 6
    assert trained.facts["drawn"]["0.5"]["exact"] >= 0.95 and trained.facts["drawn"]["0.5"]["templates"] >= 6


def test_the_same_table_is_told_exactly_in_six_templates_and_more(trained, encoded, texts):
    generator = torch.Generator().manual_seed(1)
    tables = [text.table for text in texts[:10] for _ in range(30)]
    told = TableEncoding(encoded.content[:10], encoded.keys[:10], encoded.present[:10]).repeat(30)
    z = torch.randn(300, trained.model.sizes.template_dim, generator=generator)
    said = words(trained, sample(trained.model.writer(told), z, 60, temperature=0.5, generator=generator))
    assert evaluate_tables(said, tables).exact >= 0.95
    for at in range(0, 300, 30):
        assert evaluate_tables(said[at : at + 30], tables[at : at + 30]).templates >= 6


def test_the_template_of_one_sentence_tells_the_table_of_another(trained, texts, encoded, reading):
    rows = greedy(trained.model.writer(encoded), reading.template_mu.roll(1, 0), 60)
    donors = [texts[number - 1] for number in range(HELD_OUT)]
    found = evaluate_transfer(words(trained, rows), donors, [text.table for text in texts])
    assert found.both > 0.9 and found.chance < 0.15


def test_clusters_of_z_are_the_templates(reading, texts):
    found = template_agreement(reading.template_mu, texts)
    assert found.latent > 0.95 > found.masked_words > found.chance + 0.3


def test_the_content_read_off_a_sentence_is_near_its_own_table(trained, encoded, reading):
    """It tells which fields a table has, and in part which values: of 200 tables it is often nearest to its own."""
    content, table = reading.content_mu, encoded.content
    away, spread = (content - table).square().sum(), (table - table.mean(0)).square().sum()
    assert 1 - away / spread > 0.85 and trained.facts["content"] > 0.9
    nearest = torch.cdist(content, table).argmin(1)
    assert (nearest == torch.arange(HELD_OUT)).double().mean() > 0.3, "by chance 0.005"
