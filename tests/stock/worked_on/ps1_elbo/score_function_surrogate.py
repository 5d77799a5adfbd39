"""Wrong answers to `score_function_surrogate`: the half that is worked on."""

from answers import wrong


@wrong("The baseline is subtracted twice.")
def baseline_subtracted_twice(reward, log_q, baseline=0.0):
    return (reward + (reward - 2 * baseline).detach() * log_q).mean()


@wrong("The advantage is divided by its standard deviation, which is no number for one sample.")
def advantage_standardised(reward, log_q, baseline=0.0):
    advantage = (reward - baseline).detach()
    return (reward + advantage / advantage.std() * log_q).mean()


@wrong("The advantage loses its sign.")
def absolute_advantage(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline).detach().abs() * log_q).mean()


@wrong("log q is detached: the score term shows in the value and has no gradient.")
def score_detached(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline) * log_q.detach()).mean()


@wrong("The score term is summed over the samples, the reward averaged.")
def score_term_summed(reward, log_q, baseline=0.0):
    return reward.mean() + ((reward - baseline).detach() * log_q).sum()


@wrong("It divides by S - 1, which is no number for one sample.")
def divided_by_one_less(reward, log_q, baseline=0.0):
    return (reward + (reward - baseline).detach() * log_q).sum() / (len(reward) - 1)


@wrong("The default of the baseline is 1 in place of 0.")
def another_default(reward, log_q, baseline=1.0):
    return (reward + (reward - baseline).detach() * log_q).mean()


@wrong("The samples are not averaged: there is one number for each.")
def one_number_per_sample(reward, log_q, baseline=0.0):
    return reward + (reward - baseline).detach() * log_q


@wrong("It is the negative, a loss, and the samples are summed.", composed=True)
def summed_loss(reward, log_q, baseline=0.0):
    return -(reward + (reward - baseline).detach() * log_q).sum()


@wrong("The baseline is not used, and the reward's own term is missing.", composed=True)
def plain_reinforce(reward, log_q, baseline=0.0):
    return (reward.detach() * log_q).mean()


@wrong("The whole is halved, as for a pair of terms.", composed=True)
def halved(reward, log_q, baseline=0.0):
    return 0.5 * (reward + (reward - baseline).detach() * log_q).mean()


@wrong("The baseline is added, and the advantage belongs to the next sample.", composed=True)
def advantage_of_the_next_sample(reward, log_q, baseline=0.0):
    return (reward + (reward + baseline).detach().roll(1) * log_q).mean()
