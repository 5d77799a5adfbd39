"""Right but unusual answers to `discriminator_loss`."""

import torch
from answers import right
from torch import distributions as D
from torch.nn import functional as F


@right
def with_one_soft_target(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    told = F.one_hot(c, generated_logits.shape[-1]).to(generated_logits)
    target = told + beta * generated_logits.softmax(-1)
    generated = -(target * generated_logits.log_softmax(-1)).sum(-1).mean()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@right
def with_all_sentences_weighted(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    logits, told = torch.cat([labelled_logits, generated_logits]), torch.cat([labels, c])
    weights = logits.new_tensor([1 / len(labels)] * len(labels) + [lambda_u / len(c)] * len(c))
    entropy = D.Categorical(logits=generated_logits).entropy().mean()
    return weights @ F.cross_entropy(logits, told, reduction="none") + lambda_u * beta * entropy


@right
def with_zeros_kept_from_the_log(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    q = generated_logits.softmax(-1)
    log_q = torch.where(q > 0, q, 1.0).log()
    generated = F.cross_entropy(generated_logits, c) - beta * (q * log_q).sum(-1).mean()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@right
def through_one_hot_distributions(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    entropy = D.OneHotCategorical(logits=generated_logits).entropy().mean()
    generated = F.cross_entropy(generated_logits, c) + beta * entropy
    return torch.add(F.cross_entropy(labelled_logits, labels), generated, alpha=lambda_u)


@right
def multiplied_out(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    log_q = generated_logits - generated_logits.logsumexp(1, keepdim=True)
    entropy = -torch.einsum("gk,gk->", log_q.exp(), log_q) / len(c)
    supervised = F.nll_loss(F.log_softmax(labelled_logits, 1), labels)
    return supervised + lambda_u * F.nll_loss(log_q, c) + lambda_u * beta * entropy


@right
def under_vmap(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    told = F.one_hot(c, generated_logits.shape[-1]).to(generated_logits)

    def one(row, target):
        log_q = row.log_softmax(0)
        return -(target * log_q).sum() - beta * (log_q.exp() * log_q).sum()

    generated = torch.func.vmap(one)(generated_logits, told).mean()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated


@right
def by_the_kl_to_the_uniform(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    even = D.Categorical(logits=torch.zeros_like(generated_logits))
    q = D.Categorical(logits=generated_logits)
    entropy = (even.entropy() - D.kl_divergence(q, even)).mean()
    return F.cross_entropy(labelled_logits, labels) + lambda_u * (beta * entropy - q.log_prob(c).mean())


@right
def with_a_backward_of_its_own(labelled_logits, labels, generated_logits, c, lambda_u, beta):
    class MeanEntropy(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits):
            log_q = logits.log_softmax(-1)
            each = -(log_q.exp() * log_q).sum(-1)
            ctx.save_for_backward(log_q, each)
            return each.mean()

        @staticmethod
        def backward(ctx, gradient):
            log_q, each = ctx.saved_tensors
            return -gradient * log_q.exp() * (log_q + each[:, None]) / len(each)

    generated = F.cross_entropy(generated_logits, c) + beta * MeanEntropy.apply(generated_logits)
    return F.cross_entropy(labelled_logits, labels) + lambda_u * generated
