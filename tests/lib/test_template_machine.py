"""The template machine: its bounds against sums and integrals, its decoding, and what each of its losses trains."""

import itertools
from dataclasses import replace

import pytest
import torch
from torch.distributions import Normal

from latentkit.checkpoints import Checkpoint, load, save
from latentkit.data.tables import MASK, Records, TableText, collate_tables, collate_values
from latentkit.data.text import BOS, EOS, PAD, Vocabulary, collate
from latentkit.decoding import beam, greedy, sample
from latentkit.models import TemplateMachine
from latentkit.models.template_machine import TableEncoding, attention
from latentkit.reference import template_machine as formulas
from latentkit.training.template_machine import Losses, paired_losses, table_vocabulary
from tests.lib.common import magnified

LOSSES = Losses.of(formulas)
FIELDS = ("mood", "time")
VOCABULARY = Vocabulary([MASK, "glad", "soon", "be"])
ENT, GLAD, SOON, BE = range(EOS + 2, EOS + 6)
NEVER_TRAINED_BY = {
    "pairs": ("content_head", "template_decoder", "template_output"),
    "raw": ("field_embedding", "position_embedding", "key", "table_content", "template_decoder", "template_output"),
    "content": (
        "field_embedding", "position_embedding", "key", "table_content", "template_head", "decoder", "combine",
        "output", "template_decoder", "template_output",
    ),
    "template": (
        "field_embedding", "position_embedding", "key", "table_content", "content_head", "decoder", "combine", "output",
    ),
}  # fmt: skip
"""By loss, the parts of the model that it leaves alone; it trains every other one."""


@pytest.fixture
def model():
    torch.manual_seed(3)
    sizes = {"embedding_dim": 5, "hidden_dim": 6, "template_dim": 1, "content_dim": 1, "template_hidden_dim": 4}
    return magnified(TemplateMachine(len(VOCABULARY), len(FIELDS), **sizes), 2.0).double().eval()


@pytest.fixture
def texts():
    """Three sentences with their tables: of two values, of one, and of none."""
    return [
        TableText(("be", "glad", "soon"), {"mood": ("glad",), "time": ("soon",)}, ((1, 2, "mood"), (2, 3, "time")), 0),
        TableText(("glad", "be"), {"mood": ("glad",)}, ((0, 1, "mood"),), 1),
        TableText(("be",), {}, (), 2),
    ]


@pytest.fixture
def batch(texts):
    tokens = collate([VOCABULARY.encode(text.words) for text in texts])
    return tokens, collate_values(texts), collate_tables([text.table for text in texts], VOCABULARY, FIELDS)


def every_sentence(most):
    """All sentences of at most so many words, [S, T]."""
    words = range(EOS + 1, len(VOCABULARY))
    return collate([list(said) for length in range(most + 1) for said in itertools.product(words, repeat=length)])


def unfinished(words):
    """All beginnings of so many words without an end, [S, words + 1]."""
    said = torch.tensor(list(itertools.product(range(EOS + 1, len(VOCABULARY)), repeat=words)))
    return torch.cat([torch.full_like(said[:, :1], BOS), said], dim=1)


def the_same(table, times):
    return TableEncoding(*(part.expand(times, *part.shape[1:]) for part in (table.content, table.keys, table.present)))


def one_of(records, row):
    return Records(records.fields[[row]], records.positions[[row]], records.words[[row]], records.present[[row]])


class TestLikelihood:
    @pytest.mark.parametrize("told", ["a table", "an empty table", "content"])
    def test_of_all_sentences_sums_to_one(self, model, batch, told):
        table = {
            "a table": lambda: model.encode_tables(one_of(batch[2], 0)),
            "an empty table": lambda: model.encode_tables(one_of(batch[2], 2)),
            "content": lambda: model.without_table(torch.tensor([[0.7]], dtype=torch.float64)),
        }[told]()
        z, total = torch.tensor([[-0.4]], dtype=torch.float64), 0.0
        for rows in (every_sentence(2), unfinished(3)):
            here = the_same(table, len(rows))
            total += model.log_likelihood(rows, z.expand(len(rows), -1), here).exp().sum().item()
        assert total == pytest.approx(1, abs=1e-9)

    def test_of_all_masked_sentences_sums_to_one(self, model):
        z, total = torch.tensor([[0.3]], dtype=torch.float64), 0.0
        for rows in (every_sentence(2), unfinished(3)):
            logits = model.template_logits(z.expand(len(rows), -1), rows)
            total += (-formulas.template_loss(logits, rows[:, 1:])).exp().sum().item()
        assert total == pytest.approx(1, abs=1e-9)

    def test_padding_of_sentences_and_tables_changes_nothing(self, model, batch):
        tokens, _, records = batch
        z = torch.randn(3, 1, dtype=torch.float64)
        together = model.log_likelihood(tokens, z, model.encode_tables(records))
        for row in range(3):
            real, present = int((tokens[row] != PAD).sum()), int(records.present[row].sum())
            alone = one_of(records, row)
            alone = Records(alone.fields[:, :present], *(part[:, :present] for part in (alone.positions, alone.words)),
                            alone.present[:, :present])  # fmt: skip
            if present:
                found = model.log_likelihood(tokens[[row], :real], z[[row]], model.encode_tables(alone))
                torch.testing.assert_close(found, together[[row]])

    def test_a_value_far_back_in_its_field_counts_as_standing_at_the_last_position(self, model):
        tables = [{"mood": ("glad",) * length} for length in (8, 9)]
        records = collate_tables(tables, VOCABULARY, FIELDS)
        longer = replace(records, positions=records.positions + 0)
        longer.positions[1, 8] = 99
        keys = model.encode_tables(longer).keys
        torch.testing.assert_close(keys[1, 8], keys[1, 7])

    def test_attention_is_the_formula_of_the_set(self):
        query, keys = torch.randn(3, 6), torch.randn(3, 4, 6)
        present = torch.tensor([[True, True, False, False], [False] * 4, [True] * 4])
        torch.testing.assert_close(attention(query, keys, present), formulas.attend(query, keys, present))


NODES = torch.linspace(-9, 9, 1501, dtype=torch.float64)
STEP = (NODES[1] - NODES[0]).log()


def log_mass(mean, deviation):
    """log of the mass that a normal distribution has at each of the nodes."""
    return Normal(mean, deviation).log_prob(NODES) + STEP


class TestBounds:
    def test_of_pairs_lies_below_the_likelihood_by_the_kl_to_the_true_posterior(self, model, batch):
        """log p(x | T) and the bound, both as integrals over z."""
        tokens, _, records = batch
        reading = model.read(tokens)
        for row in range(3):
            table = the_same(model.encode_tables(one_of(records, row)), len(NODES))
            log_x = model.log_likelihood(tokens[[row]].expand(len(NODES), -1), NODES[:, None], table)
            log_joint = log_mass(0.0, 1.0) + log_x
            evidence = log_joint.logsumexp(0)
            log_q = log_mass(reading.template_mu[row, 0], (reading.template_logvar[row, 0] / 2).exp())
            gap = (log_q.exp() * (log_q - (log_joint - evidence))).sum()
            bound = (log_q.exp() * (log_joint - log_q)).sum()
            torch.testing.assert_close(bound, evidence - gap)
            assert bound < evidence
            torch.manual_seed(row)
            draws = 20_000
            copies = [part.expand(draws, *part.shape[1:]) for part in vars(one_of(records, row)).values()]
            drawn = model.terms(tokens[[row]].expand(draws, -1), Records(*copies))
            assert (drawn.kl_content == 0).all()
            elbo = formulas.template_elbo(drawn.log_likelihood, drawn.kl_template, drawn.kl_content, 1.0, 1.0)
            assert abs(elbo.mean() - bound) < 5 * elbo.std() / draws**0.5 + 1e-9
            torch.testing.assert_close(elbo, drawn.elbo)

    def test_of_raw_text_lies_below_the_likelihood_by_the_kl_to_the_true_posterior(self, model, batch):
        """log p(x) and the bound, both as integrals over z and c."""
        tokens, reading = batch[0], model.read(batch[0])
        nodes = NODES[::15]
        z, c = (part.reshape(-1) for part in torch.meshgrid(nodes, nodes, indexing="ij"))
        log_step = (nodes[1] - nodes[0]).log()
        for row in range(3):
            table = model.without_table(c[:, None])
            log_x = model.log_likelihood(tokens[[row]].expand(len(z), -1), z[:, None], table)
            log_joint = log_x + sum(Normal(0.0, 1.0).log_prob(part) + log_step for part in (z, c))
            evidence = log_joint.logsumexp(0)
            log_q = sum(
                Normal(mu[row, 0], (logvar[row, 0] / 2).exp()).log_prob(part) + log_step
                for part, mu, logvar in [
                    (z, reading.template_mu, reading.template_logvar),
                    (c, reading.content_mu, reading.content_logvar),
                ]
            )
            assert log_q.logsumexp(0).abs() < 1e-4, "the grid is fine enough for q"
            bound = (log_q.exp() * (log_joint - log_q)).sum()
            gap = (log_q.exp() * (log_q - (log_joint - evidence))).sum()
            torch.testing.assert_close(bound, evidence - gap, rtol=1e-4, atol=1e-4)
            assert bound < evidence
            torch.manual_seed(row)
            draws = 20_000
            drawn = model.terms(tokens[[row]].expand(draws, -1))
            elbo = formulas.template_elbo(drawn.log_likelihood, drawn.kl_template, drawn.kl_content, 1.0, 1.0)
            assert abs(elbo.mean() - bound) < 5 * elbo.std() / draws**0.5 + 1e-3
            torch.testing.assert_close(elbo, drawn.elbo)

    def test_the_content_loss_of_a_batch_is_an_integral_over_the_content(self, model, batch):
        tokens, spans, records = batch
        terms = model.terms(tokens, records)
        found = paired_losses(model, terms, tokens, spans, ENT, LOSSES, weight_content=0.3)["content"]
        for row in range(3):
            log_q = log_mass(terms.reading.content_mu[row, 0], (terms.reading.content_logvar[row, 0] / 2).exp())
            away = (NODES - terms.table.content[row, 0]) ** 2
            expected = (log_q.exp() * (away + 0.3 * (log_q - log_mass(0.0, 1.0)))).sum()
            torch.testing.assert_close(found[row], expected)

    def test_the_template_loss_of_a_batch_tells_the_masked_sentences(self, model, batch):
        tokens, spans, records = batch
        terms = model.terms(tokens, records)
        found = paired_losses(model, terms, tokens, spans, ENT, LOSSES)["template"]
        masked = collate([[BE, ENT, ENT], [ENT, BE], [BE]])
        for row in range(3):
            words = masked[row][masked[row] != PAD]
            logits = model.template_logits(terms.z[[row]], words[None])[0]
            by_hand = -sum(logits[t].log_softmax(-1)[words[t + 1]] for t in range(len(words) - 1))
            torch.testing.assert_close(found[row], by_hand)


class TestGradients:
    @pytest.mark.parametrize("loss", NEVER_TRAINED_BY)
    def test_a_loss_trains_what_it_should_and_nothing_else(self, model, batch, loss):
        tokens, spans, records = batch
        if loss == "raw":
            model.terms(tokens).elbo.sum().backward()
        else:
            found = paired_losses(model, model.terms(tokens, records), tokens, spans, ENT, LOSSES)
            found["bound" if loss == "pairs" else loss].sum().backward()
        for name, parameter in model.named_parameters():
            if name.split(".")[0] in NEVER_TRAINED_BY[loss]:
                assert parameter.grad is None or not parameter.grad.any(), f"{loss} reaches {name}"
            else:
                assert parameter.grad is not None and parameter.grad.abs().sum() > 0, f"{loss} leaves {name} alone"

    def test_the_content_loss_moves_words_only_as_the_encoder_reads_them(self, model, batch):
        """The embeddings are the table's, too: what they learn is what they learn where the table is a constant."""
        tokens, spans, records = batch
        terms = model.terms(tokens, records)
        paired_losses(model, terms, tokens, spans, ENT, LOSSES)["content"].sum().backward()
        learned = model.embedding.weight.grad.clone()
        model.zero_grad()
        reading, constant = model.read(tokens), terms.table.content.detach()
        formulas.content_loss(reading.content_mu, reading.content_logvar, constant).sum().backward()
        torch.testing.assert_close(learned, model.embedding.weight.grad)

    def test_without_the_barrier_it_would_move_the_table(self, model, batch):
        def leaky(mu, logvar, table, kl_weight=1.0):
            return formulas.content_loss(mu, logvar, table, kl_weight) - (mu - table.detach()).square().sum(-1) + (
                mu - table
            ).square().sum(-1)  # fmt: skip

        tokens, spans, records = batch
        terms = model.terms(tokens, records)
        leaking = replace(LOSSES, content_loss=leaky)
        paired_losses(model, terms, tokens, spans, ENT, leaking)["content"].sum().backward()
        assert model.table_content.weight.grad.abs().sum() > 0

    @pytest.mark.parametrize("rows", [[0, 2], [2]])
    def test_a_table_without_records_gives_finite_gradients(self, model, batch, rows):
        tokens, _, records = batch
        chosen = Records(*(part[rows] for part in vars(records).values()))
        model.terms(tokens[rows], chosen, attend=LOSSES.attend).elbo.sum().backward()
        assert all(part.grad is None or part.grad.isfinite().all() for part in model.parameters())


class TestDecoding:
    def test_a_word_is_scored_as_in_the_whole_sentence(self, model, batch):
        tokens, _, records = batch
        table, z = model.encode_tables(records), torch.randn(3, 1, dtype=torch.float64)
        step, found = model.writer(table), 0.0
        for t in range(1, tokens.shape[1]):
            log_p = step(tokens[:, :t], z).log_softmax(-1)
            found = found + torch.where(tokens[:, t] == PAD, 0.0, log_p.gather(1, tokens[:, t, None])[:, 0])
        torch.testing.assert_close(found, model.log_likelihood(tokens, z, table))

    def test_what_a_writer_remembers_is_of_the_same_prefix_and_template(self, model, batch):
        table, z = model.encode_tables(batch[2]), torch.randn(3, 1, dtype=torch.float64)
        step = model.writer(table)
        step(batch[0][:, :2], z)
        for prefix, template in [(batch[0][:, :3], z + 1), (batch[0][:, :3].flip(0), z + 1), (batch[0][:, :1], z)]:
            torch.testing.assert_close(step(prefix, template), model.writer(table)(prefix, template))

    def test_writes_greedily_by_chance_and_by_search(self, model, batch):
        table, z = model.encode_tables(batch[2]), torch.randn(3, 1, dtype=torch.float64)
        said = greedy(model.writer(table), z, 6)
        assert torch.equal(beam(model.writer(table), z, 6, width=1), said)
        cold = sample(model.writer(table), z, 6, temperature=1e-4, generator=torch.Generator().manual_seed(0))
        assert torch.equal(cold, said)
        assert not (said[said != PAD] < EOS).any()

    def test_a_search_finds_no_worse_a_sentence(self, model, batch):
        table, z = model.encode_tables(batch[2]), torch.randn(3, 1, dtype=torch.float64)

        def score(said):
            return model.log_likelihood(torch.cat([torch.full_like(said[:, :1], BOS), said], dim=1), z, table)

        narrow, wide = (beam(model.writer(table), z, 4, width) for width in (1, 40))
        assert (score(wide) >= score(narrow) - 1e-9).all()

    def test_writes_of_content_without_a_table(self, model):
        content = torch.randn(4, 1, dtype=torch.float64)
        said = greedy(model.writer(model.without_table(content)), torch.randn(4, 1, dtype=torch.float64), 5)
        assert said.shape[0] == 4 and said.shape[1] <= 5


def test_comes_back_from_disk_and_says_the_same(model, batch, tmp_path):
    model = model.float()
    again = load(save(tmp_path, Checkpoint(model, VOCABULARY, {"corpus": "toy"})), kind="vtm")
    z = torch.randn(3, 1)
    said = [greedy(one.writer(one.encode_tables(batch[2])), z, 8) for one in (model, again.model)]
    assert torch.equal(*said) and again.model.sizes == model.sizes and again.vocabulary.words == VOCABULARY.words


def test_the_vocabulary_of_tables_holds_the_mask_and_values_that_no_text_says(texts):
    unsaid = replace(texts[0], table={"mood": ("very gloomy",)})
    vocabulary = table_vocabulary([*texts, unsaid])
    assert vocabulary.encode([MASK, "very", "gloomy", "be"]).count(vocabulary.encode(["nosuch"])[0]) == 0
    assert vocabulary.words[EOS + 2] == MASK
