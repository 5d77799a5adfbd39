"""Wrong answers to `expected_log_dirichlet`, kept aside."""

import math

import torch
from answers import wrong


@wrong("One is added to every gamma.")
def one_added(gamma):
    return torch.digamma(gamma + 1) - torch.digamma((gamma + 1).sum(-1, keepdim=True))


@wrong("The digamma of the number of topics is subtracted in place of that of the sum.")
def digamma_of_the_number(gamma):
    return torch.digamma(gamma) - torch.special.digamma(torch.full_like(gamma, gamma.shape[-1]))


@wrong("The digamma of the largest gamma is subtracted in place of that of the sum.")
def digamma_of_the_largest(gamma):
    return torch.digamma(gamma) - torch.digamma(gamma.amax(-1, keepdim=True))


@wrong("The digamma function is replaced by a difference of log Γ with a step of 0.1.")
def coarse_difference_of_log_gamma(gamma):
    def slope(x):
        return (torch.lgamma(x + 0.1) - torch.lgamma(x)) / 0.1

    return slope(gamma) - slope(gamma.sum(-1, keepdim=True))


@wrong("The gammas are normalised before the digamma function is taken.")
def normalised_first(gamma):
    share = gamma / gamma.sum(-1, keepdim=True)
    return torch.digamma(share) - torch.digamma(share.sum(-1, keepdim=True))


@wrong("A batch of documents is flattened, and the leading dimensions are lost.")
def flattened(gamma):
    gamma = gamma.reshape(-1, gamma.shape[-1])
    return torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))


@wrong("Dimensions of length one are squeezed, and the last topic is dropped.")
def last_topic_dropped(gamma):
    return (torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True)))[..., :-1]


@wrong("Results below -100 are cut off there.")
def cut_off_at_minus_hundred(gamma):
    return (torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))).clamp(min=-100)


@wrong("The sum runs over the documents too, and the sign is wrong.", composed=True)
def over_documents_and_negative(gamma):
    return torch.digamma(gamma.sum()) - torch.digamma(gamma)


@wrong("The mean of the gammas stands for their sum, and a logarithm for its digamma.", composed=True)
def logarithm_of_the_mean_gamma(gamma):
    return torch.digamma(gamma) - gamma.mean(-1, keepdim=True).log()


@wrong("The exponential of the right answer is returned.", composed=True)
def exponential(gamma):
    return (torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))).exp()


@wrong("The right answer less its mean over the topics is returned.", composed=True)
def centred_over_topics(gamma):
    answer = torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))
    return answer - answer.mean(-1, keepdim=True)


@wrong("The second term is missing, and the result is in bits.", composed=True)
def normaliser_missing_in_bits(gamma):
    return torch.digamma(gamma) / math.log(2)


@wrong("The default dtype of torch is set to float64 for the whole notebook.")
def default_dtype_changed(gamma):
    torch.set_default_dtype(torch.float64)
    return torch.digamma(gamma) - torch.digamma(gamma.sum(-1, keepdim=True))
