"""Wrong answers to `score_function_surrogate`: the half that is kept aside."""

import torch
from answers import wrong


@wrong("The baseline argument is not used: the mean reward takes its place.")
def mean_reward_for_baseline(reward, log_q, baseline=0.0):
    return (reward + (reward - reward.mean()).detach() * log_q).mean()


@wrong("Negative advantages are cut off at zero.")
def negative_advantages_cut(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline).detach().relu() * log_q).mean()


@wrong("All samples share one advantage, the mean of theirs.")
def one_advantage_for_all(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline).mean().detach() * log_q).mean()


@wrong("The baseline is divided by the number of samples.")
def baseline_divided_by_samples(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline / len(reward)).detach() * log_q).mean()


@wrong("The reward is summed over the samples, the score term averaged.")
def reward_summed(reward, log_q, baseline=0.0):
    return reward.sum() + ((reward - baseline).detach() * log_q).mean()


@wrong("The last sample is left out.")
def last_sample_lost(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline).detach() * log_q)[:-1].mean()


@wrong("It returns a Python number, so there is no gradient at all.")
def returns_a_number(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline).detach() * log_q).mean().item()


@wrong("It edits the reward in place.")
def reward_edited(reward, log_q, baseline=0.0):
    first = reward.mean()
    with torch.no_grad():
        advantage = reward.detach().sub_(baseline)
    return first + (advantage * log_q).mean()


@wrong("It is the negative of what is asked, a loss.", composed=True)
def loss_for_surrogate(reward, log_q, baseline=0.0):
    return -(reward + (reward - baseline).detach() * log_q).mean()


@wrong("The score term has the wrong sign, and the samples are summed.", composed=True)
def summed_with_negative_score(reward, log_q, baseline=0.0):
    return (reward - (reward - baseline).detach() * log_q).sum()


@wrong("A tenth of the entropy is added to the right surrogate.", composed=True)
def entropy_bonus(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline - 0.1).detach() * log_q).mean() - 0.1 * log_q.mean()
