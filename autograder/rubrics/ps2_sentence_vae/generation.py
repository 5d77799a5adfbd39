"""From latent vectors to sentences: greedy decoding, and the line between two of them."""

from collections.abc import Iterator

import numpy as np
import torch
from torch.nn import functional as F

from autograder.exercise.exercise import Exercise
from autograder.exercise.random_inputs import normal
from autograder.rubrics.ps2_sentence_vae import terms
from latentkit.check.calling import respond
from latentkit.check.cases import Case, Function
from latentkit.reference import sentence

PAD, BOS, EOS, UNK = range(4)
VOCABULARY, LATENT = 10, 3

# ---------------------------------------------------------------- greedy_decode


def _decoding_cases(generator: np.random.Generator) -> Iterator[Case]:
    """In each batch a sentence takes all the steps, so that it does not matter whether the others are cut or padded.

    A sentence that is to end does, be it with its first token, and every batch of more than one token holds UNK.
    """
    never = 99
    for name, lengths, max_length, dtype in (
        ("sentences of different lengths", (2, 4, 5, never), 7, torch.float64),
        ("EOS as the last token, float32", (3, 6, 5, 2), 6, torch.float32),
        ("a sentence that does not end", (never,), 5, torch.float64),
        ("one token only", (1, never, never), 1, torch.float64),
    ):
        while True:
            wanted = torch.from_numpy(generator.permutation(lengths))
            z = normal(generator, len(lengths), LATENT, dtype=dtype)
            z[:, 0] = -wanted.clamp(max=max_length + 1) / 4
            case = Case(name, {"step_fn": _decoder(generator, max_length, dtype), "z": z, "max_length": max_length})
            decoded = respond(sentence.greedy_decode, case).outputs[0]
            as_long_as_wanted = torch.equal((decoded != PAD).sum(-1), wanted.clamp(max=max_length))
            ended_as_wanted = torch.equal((decoded == EOS).any(-1), wanted <= max_length)
            if as_long_as_wanted and ended_as_wanted and (max_length == 1 or (decoded == UNK).any()):
                yield case
                break


def _decoder(generator: np.random.Generator, max_length: int, dtype: torch.dtype) -> Function:
    """A decoder for which a sentence of n tokens has z₁ = -n/4: then EOS becomes likely; PAD and BOS never are."""
    transition = normal(generator, VOCABULARY, VOCABULARY, scale=2, dtype=dtype)
    projection = normal(generator, LATENT, VOCABULARY, dtype=dtype)
    position = normal(generator, max_length + 1, VOCABULARY, dtype=dtype)
    transition[PAD] = -transition[BOS]
    transition[:, [PAD, BOS]] = -30
    transition[EOS, EOS] = -60
    projection[0, EOS] = 48
    position[:, EOS] = 12 * torch.arange(1, max_length + 2) + 6  # 12 (steps - n) + 6
    return Function("markov_decoder", {"transition": transition, "projection": projection, "position": position})


greedy_decode = Exercise(
    name="greedy_decode",
    points=4,
    reference=sentence.greedy_decode,
    cases=_decoding_cases,
    answered_by=("latentkit.decoding",),
    look="section 9, decoding: from BOS until EOS",
)


@greedy_decode.mistake("After its EOS a sentence goes on. It is over: write PAD from there on.")
def goes_on_after_the_end(step_fn, z, max_length):
    prefix = torch.full((len(z), 1), 1, device=z.device)
    for _ in range(max_length):
        prefix = torch.cat([prefix, step_fn(prefix, z).argmax(-1, keepdim=True)], dim=1)
    return prefix[:, 1:]


@greedy_decode.mistake("After its EOS a sentence is filled with EOS. One EOS ends it; what follows is PAD.")
def end_repeated(step_fn, z, max_length):
    prefix = torch.full((len(z), 1), 1, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        best = step_fn(prefix, z).argmax(-1).masked_fill(ended, 2)
        ended = ended | (best == 2)
        prefix = torch.cat([prefix, best[:, None]], dim=1)
    return prefix[:, 1:]


@greedy_decode.mistake("EOS itself was replaced by PAD. It is the sentence's last token; PAD comes after it.")
def end_not_written(step_fn, z, max_length):
    prefix = torch.full((len(z), 1), 1, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        best = step_fn(prefix, z).argmax(-1)
        ended = ended | (best == 2)
        prefix = torch.cat([prefix, best.masked_fill(ended, 0)[:, None]], dim=1)
    return prefix[:, 1:]


@greedy_decode.mistake("Decoding stops as soon as *one* sentence has ended: go on until all have, or max_length.")
def stops_with_the_first(step_fn, z, max_length):
    prefix = torch.full((len(z), 1), 1, device=z.device)
    for _ in range(max_length):
        best = step_fn(prefix, z).argmax(-1)
        prefix = torch.cat([prefix, best[:, None]], dim=1)
        if (best == 2).any():
            break
    return prefix[:, 1:]


@greedy_decode.mistake("BOS is in the result. The decoder reads it, but it is not part of what was decoded.")
def begins_with_bos(step_fn, z, max_length):
    prefix = torch.full((len(z), 1), 1, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        best = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        ended = ended | (best == 2)
        prefix = torch.cat([prefix, best[:, None]], dim=1)
    return prefix


@greedy_decode.mistake(
    "One token is missing: BOS does not count towards max_length, which is the length of the result."
)
def one_token_short(step_fn, z, max_length):
    prefix = torch.full((len(z), 1), 1, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length - 1):
        best = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        ended = ended | (best == 2)
        prefix = torch.cat([prefix, best[:, None]], dim=1)
    return prefix[:, 1:]


@greedy_decode.mistake(
    "Only the last token is given to step_fn. It expects the whole prefix, [B, t], from BOS on: its prediction depends "
    "on all of it."
)
def last_token_only(step_fn, z, max_length):
    token = torch.full((len(z), 1), 1, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    decoded = []
    for _ in range(max_length):
        token = step_fn(token, z).argmax(-1, keepdim=True).masked_fill(ended[:, None], 0)
        ended = ended | (token[:, 0] == 2)
        decoded.append(token)
    return torch.cat(decoded, dim=1)


@greedy_decode.mistake("The prefix starts with PAD, id 0: a sentence starts with BOS, id 1.")
def starts_with_pad(step_fn, z, max_length):
    prefix = torch.zeros(len(z), 1, dtype=torch.long, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        best = step_fn(prefix, z).argmax(-1).masked_fill(ended, 0)
        ended = ended | (best == 2)
        prefix = torch.cat([prefix, best[:, None]], dim=1)
    return prefix[:, 1:]


@greedy_decode.mistake("All sentences are decoded from the first z: give step_fn the whole batch of z.")
def first_latent_for_all(step_fn, z, max_length):
    same = z[:1].expand_as(z)
    prefix = torch.full((len(z), 1), 1, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        best = step_fn(prefix, same).argmax(-1).masked_fill(ended, 0)
        ended = ended | (best == 2)
        prefix = torch.cat([prefix, best[:, None]], dim=1)
    return prefix[:, 1:]


@greedy_decode.mistake("This takes the *least* probable token: argmax, not argmin.")
def least_probable_token(step_fn, z, max_length):
    prefix = torch.full((len(z), 1), 1, device=z.device)
    ended = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    for _ in range(max_length):
        best = step_fn(prefix, z).argmin(-1).masked_fill(ended, 0)
        ended = ended | (best == 2)
        prefix = torch.cat([prefix, best[:, None]], dim=1)
    return prefix[:, 1:]


@greedy_decode.alternative
def decode_first_and_pad_later(step_fn, z, max_length):
    prefix = torch.ones(len(z), 1, dtype=torch.long, device=z.device)
    for _ in range(max_length):
        log_p = F.log_softmax(step_fn(prefix, z), dim=-1)
        prefix = torch.hstack([prefix, log_p.topk(1).indices])
    decoded = prefix[:, 1:]
    ends_before = (decoded == 2).cumsum(1) - (decoded == 2).long()
    return decoded.masked_fill(ends_before > 0, 0)


@greedy_decode.alternative
def decode_into_a_table(step_fn, z, max_length):
    tokens = torch.zeros(z.shape[0], max_length + 1, dtype=torch.long, device=z.device)
    tokens[:, 0] = 1
    for t in range(max_length):
        going = (tokens[:, t] != 0) & (tokens[:, t] != 2)
        tokens[:, t + 1] = torch.where(going, step_fn(tokens[:, : t + 1], z).argmax(1), 0)
    return tokens[:, 1:]


@greedy_decode.alternative
def decode_sentence_by_sentence(step_fn, z, max_length):
    rows = []
    for one in z:
        row = [1]
        while len(row) <= max_length and row[-1] != 2:
            logits = step_fn(torch.tensor([row], device=z.device), one[None])
            row.append(int(logits[0].argmax()))
        rows.append(torch.tensor(row[1:], device=z.device))
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=0)


@greedy_decode.alternative
def decode_only_what_goes_on(step_fn, z, max_length):
    decoded = torch.zeros(len(z), max_length, dtype=torch.long, device=z.device)
    going = torch.arange(len(z), device=z.device)
    prefix = torch.full((len(z), 1), 1, device=z.device)
    for t in range(max_length):
        best = step_fn(prefix, z[going]).argmax(-1)
        decoded[going, t] = best
        alive = best != 2
        prefix, going = torch.cat([prefix, best[:, None]], 1)[alive], going[alive]
        if len(going) == 0:
            break
    return decoded


# ---------------------------------------------------------------- interpolate


def _line_cases(generator: np.random.Generator) -> Iterator[Case]:
    for name, latent, num, dtype in (
        ("five points", 3, 5, torch.float64),
        ("the two ends", 4, 2, torch.float64),
        ("as many points as dimensions", 4, 4, torch.float64),
        ("one dimension", 1, 7, torch.float64),  # adding up sevenths or tenths ends beside 1, and so may arange
        ("ten points", 2, 10, torch.float64),
        ("many points", 2, 22, torch.float64),
        ("float32", 3, 12, torch.float32),
    ):
        inputs = {
            "z_start": normal(generator, latent, scale=1.5, dtype=dtype),
            "z_end": normal(generator, latent, scale=1.5, dtype=dtype),
            "num": num,
        }
        yield Case(name, inputs, ("z_start", "z_end"), normal(generator, num, latent, dtype=dtype))


interpolate = Exercise(
    name="interpolate",
    points=2,
    reference=sentence.interpolate,
    cases=_line_cases,
    look="section 10, interpolation; lecture, slide Sentence Interpolation",
    terms=terms.interpolate,
    unbounded=("z_start", "z_end"),
)


@interpolate.mistake("The end is missing: the steps are 1/(num - 1) wide, so that the last point is z_end.")
def end_missing(z_start, z_end, num):
    share = torch.arange(num, dtype=z_start.dtype, device=z_start.device)[:, None] / num
    return z_start + share * (z_end - z_start)


@interpolate.mistake("The start is missing: the first point is z_start itself.")
def start_missing(z_start, z_end, num):
    share = torch.arange(1, num + 1, dtype=z_start.dtype, device=z_start.device)[:, None] / num
    return z_start + share * (z_end - z_start)


@interpolate.mistake("Both ends are missing: num counts the two ends, not only the points between them.")
def both_ends_missing(z_start, z_end, num):
    share = torch.arange(1, num + 1, dtype=z_start.dtype, device=z_start.device)[:, None] / (num + 1)
    return z_start + share * (z_end - z_start)


@interpolate.mistake("There is a point too many: num counts both ends, so there are num - 1 steps between them.")
def one_point_too_many(z_start, z_end, num):
    share = torch.arange(num + 1, dtype=z_start.dtype, device=z_start.device)[:, None] / num
    return z_start + share * (z_end - z_start)


@interpolate.mistake("The line runs backwards: the first point is z_start, the last one z_end.")
def backwards(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return share * z_start + (1 - share) * z_end


@interpolate.mistake(
    "The dimensions come first, [M, num]: give the shares a dimension of their own, [num, 1], before you multiply."
)
def points_last(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)
    return z_start[:, None] + share * (z_end - z_start)[:, None]


@interpolate.mistake(
    "The whole of z_end is added: move by the share of the *difference*, z_end - z_start, or weigh z_start with "
    "1 - share."
)
def start_never_left(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return z_start + share * z_end


@interpolate.mistake(
    "The points lie on an arc, as on a sphere, not evenly spaced on the straight line: the exercise, like the lecture, "
    "takes the line."
)
def spherical(z_start, z_end, num):
    cosine = torch.dot(z_start, z_end) / (z_start.norm() * z_end.norm())
    angle = torch.arccos(cosine.clamp(-1 + 1e-6, 1 - 1e-6))
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return (torch.sin((1 - share) * angle) * z_start + torch.sin(share * angle) * z_end) / torch.sin(angle)


@interpolate.mistake("The points are constants: leave the tensors in the graph, so that gradients reach both ends.")
def without_gradient(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)[:, None]
    return torch.lerp(z_start.detach(), z_end.detach(), share)


@interpolate.alternative
def line_by_lerp(z_start, z_end, num):
    share = torch.linspace(0, 1, num, dtype=z_start.dtype, device=z_start.device)
    return torch.lerp(z_start[None], z_end[None], share[:, None])


@interpolate.alternative
def line_point_by_point(z_start, z_end, num):
    return torch.stack([z_start * (1 - i / (num - 1)) + z_end * (i / (num - 1)) for i in range(num)])


@interpolate.alternative
def line_by_outer_products(z_start, z_end, num):
    share = torch.arange(num, dtype=z_start.dtype, device=z_start.device) / (num - 1)
    return torch.outer(share.flip(0), z_start) + torch.outer(share, z_end)


@interpolate.alternative
def line_by_cumulative_steps(z_start, z_end, num):
    step = (z_end - z_start) / (num - 1)
    return torch.cumsum(torch.cat([z_start[None], step.expand(num - 1, -1)]), dim=0)
