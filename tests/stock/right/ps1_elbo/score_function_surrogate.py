"""Right but unusual answers to `score_function_surrogate`."""

import torch
from answers import right


@right
def by_a_function_of_its_own(reward, log_q, baseline=0.0):
    class Surrogate(torch.autograd.Function):
        @staticmethod
        def forward(ctx, reward, log_q, advantage):
            ctx.save_for_backward(advantage)
            return (reward + advantage * log_q).mean()

        @staticmethod
        def backward(ctx, grad):
            (advantage,) = ctx.saved_tensors
            return (grad / len(advantage)).expand_as(advantage), grad * advantage / len(advantage), None

    return Surrogate.apply(reward, log_q, (reward - baseline).detach())


@right
def as_one_dot_product(reward, log_q, baseline=0.0):
    advantage = torch.sub(reward, baseline).detach()
    weights = torch.cat([torch.ones_like(reward), advantage]) / len(reward)
    return torch.cat([reward, log_q]) @ weights


@right
def importance_ratio_of_value_one(reward, log_q, baseline=0.0):
    ratio = torch.exp(log_q - log_q.detach())
    return (ratio * (reward.detach() - baseline) + reward).mean()


@right
def sample_by_sample(reward, log_q, baseline=0.0):
    baselines = torch.as_tensor(baseline, dtype=reward.dtype, device=reward.device).expand_as(reward).tolist()
    rows = zip(reward, log_q, reward.tolist(), baselines, strict=True)
    return sum(r + (value - b) * q for r, q, value, b in rows) / len(reward)


@right
def by_vmap(reward, log_q, baseline=0.0):
    advantage = (reward - baseline).detach()
    return torch.vmap(lambda r, a, q: r + a * q)(reward, advantage, log_q).mean()


@right
def constants_through_numpy(reward, log_q, baseline=0.0):
    advantage = torch.from_numpy((reward - baseline).detach().cpu().numpy().copy()).to(reward)
    return torch.mean(reward) + torch.einsum("s,s->", advantage, log_q) / reward.numel()


@right
def product_less_its_other_gradient(reward, log_q, baseline=0.0):
    """The product rule's second term is taken away again."""
    product = (reward - baseline) * log_q - reward * log_q.detach()
    return (reward + product).mean()


@right
def gradient_through_a_hook(reward, log_q, baseline=0.0):
    advantage = (reward - baseline).detach()
    score = log_q * 1.0
    if score.requires_grad:
        score.register_hook(lambda grad: grad * advantage)
    return (reward + score).mean()


@right
def sums_over_the_count(reward, log_q, baseline=0.0):
    with torch.no_grad():
        advantage = reward.clone() - baseline
    return torch.addcmul(reward, advantage, log_q).sum().div(reward.shape[0])
