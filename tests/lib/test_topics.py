"""The estimators of the topic models: scikit-learn's conventions, planted topics, save and load, errors."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from latentkit.topics import GibbsLDA, OnlineLDA, VariationalLDA, load_topics, top_words
from latentkit.topics.evaluation import match_topics
from tests.lib.planted_topics import planted

KINDS = [VariationalLDA, OnlineLDA, GibbsLDA]
X, BETA, THETA = planted()
SMALL = X[:80]


def small(kind, **options):
    """A quick estimator of a kind."""
    few = {GibbsLDA: {"max_iter": 30, "n_samples": 3}, VariationalLDA: {"max_iter": 10}, OnlineLDA: {"batch_size": 32}}
    return kind(**({"n_topics": 4, "random_state": 0} | few[kind] | options))


class RoundedGibbsLDA(GibbsLDA):
    """scikit-learn's checks fit on fractions, but the sampler takes whole counts only."""

    def fit(self, X, y=None):
        if sp.issparse(X):
            X = X.tocsr().astype(float).floor() if X.dtype.kind in "fiu" else X
        elif isinstance(X, np.ndarray) and X.dtype.kind in "fiu":
            X = np.floor(X)
        return super().fit(X, y)


FRACTIONS = {
    "check_dtype_object": "its counts are fractions kept as objects, which the subclass cannot round",
    "check_transformer_data_not_an_array": "its counts are fractions in a container, which the subclass cannot round",
}


@parametrize_with_checks([VariationalLDA(3, max_iter=10), OnlineLDA(3)])
def test_scikit_learn_accepts_them(estimator, check):
    check(estimator)


@parametrize_with_checks([RoundedGibbsLDA(3, max_iter=50)], expected_failed_checks=lambda estimator: FRACTIONS)
def test_scikit_learn_accepts_the_sampler(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_an_estimator_of_topics(kind):
    model = small(kind)
    assert model.fit(SMALL) is model
    assert model.components_.shape == (4, 300) and (model.components_ > 0).all()
    np.testing.assert_allclose(model.topic_word_.sum(1), 1.0)
    theta = model.transform(SMALL)
    assert theta.shape == (80, 4) and (theta > 0).all()
    np.testing.assert_allclose(theta.sum(1), 1.0)
    if kind is not OnlineLDA:
        assert model.doc_topic_.shape == (80, 4)
        np.testing.assert_allclose(model.doc_topic_.sum(1), 1.0)
    names = list(model.get_feature_names_out())
    assert names == [f"{kind.__name__.lower()}{k}" for k in range(4)]
    assert model.perplexity(SMALL) == pytest.approx(np.exp(-model.score(SMALL) / SMALL.sum()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "matrix", "dense", "int", "duplicates", "zeros"])
def test_the_form_of_the_counts_does_not_matter(kind, form):
    forms = {
        "matrix": lambda: sp.csr_matrix(SMALL),
        "dense": SMALL.toarray,
        "int": lambda: SMALL.astype(np.int32),
        "duplicates": lambda: _with_duplicates(SMALL),
        "zeros": lambda: _with_stored_zeros(SMALL),
    }
    given = forms.get(form, lambda: SMALL.asformat(form))()
    before = given.toarray().copy() if sp.issparse(given) else given.copy()
    np.testing.assert_array_equal(small(kind).fit(given).components_, small(kind).fit(SMALL).components_)
    np.testing.assert_array_equal(given.toarray() if sp.issparse(given) else given, before)


def _with_duplicates(counts):
    coo = counts.tocoo()
    rows, columns = np.repeat(coo.row, 2), np.repeat(coo.col, 2)
    halves = np.stack([coo.data - 1, np.ones_like(coo.data)], axis=1).ravel()
    doubled = sp.coo_array((halves, (rows, columns)), shape=counts.shape)
    order = np.lexsort((columns, rows))
    pointers = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=counts.shape[0]))])
    return sp.csr_array((doubled.data[order], columns[order], pointers), shape=counts.shape)


def _with_stored_zeros(counts):
    stored = counts.copy().tolil().tocsr()
    extra = sp.csr_array((np.zeros(80), np.zeros(80, int), np.arange(81)), shape=counts.shape)
    joined = sp.hstack([stored[:, :0], stored]).tocsr()
    coo, more = joined.tocoo(), extra.tocoo()
    unseen = np.flatnonzero(counts[:, [0]].toarray().ravel() == 0)
    rows = np.concatenate([coo.row, more.row[unseen]])
    columns = np.concatenate([coo.col, more.col[unseen]])
    data = np.concatenate([coo.data, np.zeros(len(unseen))])
    return sp.coo_array((data, (rows, columns)), shape=counts.shape).tocsr()


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_repeats_a_fit_and_another_does_not(kind):
    first, again = (small(kind).fit(SMALL).components_ for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, small(kind, random_state=1).fit(SMALL).components_)


@pytest.mark.parametrize("kind", [VariationalLDA, OnlineLDA])
def test_jobs_change_no_bit(kind):
    one, three = (small(kind, n_jobs=n).fit(X) for n in (1, 3))
    np.testing.assert_array_equal(one.components_, three.components_)
    np.testing.assert_array_equal(one.transform(X), three.transform(X))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"alpha": np.linspace(0.1, 0.4, 4)},
        {"learn_alpha": True},
        {"learn_alpha": True, "alpha": np.full(4, 0.1)},
        {"init": "flat"},
    ],
    ids=["default", "asymmetric", "learnt", "learnt_asymmetric", "flat"],
)
def test_the_bound_never_falls(options):
    model = VariationalLDA(
        4, dtype="float64", doc_tol=1e-7, max_doc_iter=1000, max_iter=40, tol=0, random_state=0, **options
    ).fit(SMALL)
    assert len(model.bound_history_) == 40
    assert (np.diff(model.bound_history_) > -1e-7 * abs(model.bound_)).all()


def test_flat_starts_are_those_of_scikit_learn():
    """A document's inference may have several optima; with a larger α both end in the same."""
    from sklearn.decomposition import LatentDirichletAllocation

    options = {"mean_change_tol": 1e-9, "max_doc_update_iter": 3000, "learning_method": "batch", "max_iter": 3}
    peer = LatentDirichletAllocation(4, doc_topic_prior=1.0, topic_word_prior=0.01, random_state=3, **options)
    ours = VariationalLDA(
        4, alpha=1.0, init="flat", max_iter=3, tol=0, doc_tol=1e-9, max_doc_iter=3000, dtype="float64", random_state=3
    )
    np.testing.assert_allclose(ours.fit(SMALL).components_, peer.fit(SMALL).components_, rtol=1e-4, atol=1e-4)


def test_torch_and_numba_fit_alike(device):
    models = [
        VariationalLDA(4, device=kernel, dtype="float64", doc_tol=1e-7, max_doc_iter=1000, random_state=0).fit(SMALL)
        for kernel in (None, device)
    ]
    np.testing.assert_allclose(models[0].components_, models[1].components_, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(models[0].transform(X), models[1].transform(X), atol=1e-4)


def test_float32_and_float64_find_the_same_perplexity():
    values = [small(VariationalLDA, dtype=dtype).fit(X).perplexity(X) for dtype in ("float32", "float64")]
    assert values[0] == pytest.approx(values[1], rel=0.01)


@pytest.mark.parametrize("corpus_seed", [0, 2])
def test_gibbs_with_restarts_finds_every_planted_topic(corpus_seed):
    """Of single chains about one in four merges two of these topics."""
    counts, beta, _ = planted(seed=corpus_seed)
    for seed in range(2):
        model = GibbsLDA(8, eta=0.05, max_iter=150, n_init=4, random_state=seed).fit(counts)
        assert match_topics(model.topic_word_, beta).cosine.min() > 0.9, f"seed {seed}"


def test_of_several_chains_the_most_probable_is_kept():
    random = np.random.RandomState(5)
    ends = [small(GibbsLDA, random_state=random).fit(SMALL).log_likelihood_history_[-1] for _ in range(4)]
    kept = small(GibbsLDA, n_init=4, random_state=5).fit(SMALL).log_likelihood_history_[-1]
    assert kept == max(ends) > min(ends)


def test_variational_em_with_restarts_finds_every_planted_topic():
    model = VariationalLDA(8, eta=0.05, n_init=10, random_state=0).fit(X)
    assert match_topics(model.topic_word_, BETA).cosine.min() > 0.9


def test_restarts_keep_the_highest_bound():
    bounds = [VariationalLDA(4, max_iter=5, random_state=seed).fit(SMALL).bound_ for seed in range(3)]
    random = np.random.RandomState(0)
    single = [VariationalLDA(4, max_iter=5, random_state=random).fit(SMALL).bound_ for _ in range(3)]
    kept = VariationalLDA(4, max_iter=5, n_init=3, random_state=0).fit(SMALL).bound_
    assert kept == pytest.approx(max(single)) and len(set(bounds)) == 3


def test_online_learning_in_pieces_comes_near_the_batch():
    online = OnlineLDA(8, eta=0.05, total_documents=600, batch_size=50, random_state=0)
    for _ in range(10):
        for start in range(0, 600, 100):
            online.partial_fit(X[start : start + 100])
    assert online.n_batches_ == 120 and online.n_documents_seen_ == 6000
    batch = VariationalLDA(8, eta=0.05, random_state=0).fit(X)
    assert online.perplexity(X) < 1.1 * batch.perplexity(X)
    whole = OnlineLDA(8, eta=0.05, batch_size=50, max_iter=10, random_state=0).fit(X)
    assert whole.perplexity(X) < 1.1 * batch.perplexity(X)


def test_one_online_step_is_the_formula():
    start = np.random.RandomState(0).gamma(100.0, 0.01, (3, 300))
    options = {"alpha": 0.2, "eta": 0.05, "dtype": "float64", "doc_tol": 1e-9, "max_doc_iter": 2000}
    model = OnlineLDA(3, init=start, tau=4.0, kappa=0.5001, total_documents=900, **options).partial_fit(SMALL)
    whole = VariationalLDA(3, init=start, max_iter=1, **options).fit(SMALL)  # λ = η + Σ c φ from the same φ
    rate = 4.0**-0.5001
    expected = (1 - rate) * start + rate * (0.05 + 900 / 80 * (whole.components_ - 0.05))
    np.testing.assert_allclose(model.components_, expected, rtol=1e-6)


def test_a_learnt_alpha_comes_near_the_true_one():
    counts, _, _ = planted(alpha=0.3, seed=1)
    model = VariationalLDA(8, alpha=2.0, eta=0.05, learn_alpha=True, n_init=3, random_state=0).fit(counts)
    assert 0.15 < model.alpha_[0] < 0.5


def test_an_alpha_given_for_each_topic_is_learnt_for_each_topic():
    """Planted: the first topics are rare, the last ones in nearly every document."""
    true = np.array([0.02, 0.05, 0.1, 0.2, 0.5, 1.0])
    counts, beta, _ = planted(topics=6, alpha=true, seed=2)
    options = {"eta": 0.05, "init": 1 + 1000 * beta, "max_iter": 100, "tol": 1e-8}  # starts at the planted topics
    model = VariationalLDA(6, alpha=np.full(6, 0.3), learn_alpha=True, **options).fit(counts)
    np.testing.assert_allclose(np.log(model.alpha_), np.log(true), atol=np.log(2))
    symmetric = VariationalLDA(6, alpha=0.3, learn_alpha=True, **options).fit(counts)
    assert len(set(symmetric.alpha_)) == 1
    assert model.bound_ > symmetric.bound_ + 10


def test_gibbs_becomes_more_probable_and_counts_every_token():
    model = small(GibbsLDA, evaluate_every=1).fit(SMALL)
    history = model.log_likelihood_history_
    assert len(history) == 30 and history[-5:].mean() > history[0]
    assert (model.components_ - 0.01).sum() == pytest.approx(SMALL.sum())


def test_documents_without_words_have_the_prior_mean():
    counts = sp.vstack([SMALL, sp.csr_array((2, 300))]).tocsr()
    for kind in KINDS:
        model = small(kind, alpha=np.array([0.1, 0.2, 0.3, 0.4])).fit(counts)
        np.testing.assert_allclose(model.transform(counts)[-1], [0.1, 0.2, 0.3, 0.4], rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_save_and_load(kind, tmp_path):
    model = small(kind).fit(SMALL)
    model.save(tmp_path / "model")
    loaded = load_topics(tmp_path / "model")
    assert type(loaded) is kind and loaded.get_params() == model.get_params()
    np.testing.assert_array_equal(loaded.components_, model.components_)
    np.testing.assert_array_equal(loaded.transform(X), model.transform(X))
    assert loaded.perplexity(X) == model.perplexity(X)
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"weights.safetensors", "model.json"}
    if kind is OnlineLDA:
        assert loaded.partial_fit(SMALL).n_batches_ == model.n_batches_ + 3


def test_names_of_columns_survive_saving(tmp_path):
    model = small(VariationalLDA).fit(SMALL)
    model.feature_names_in_ = np.array([f"w{v}" for v in range(300)], dtype=object)  # as from a data frame
    model.save(tmp_path)
    loaded = load_topics(tmp_path).feature_names_in_
    assert loaded.dtype == object and list(loaded) == list(model.feature_names_in_)


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="save a model there first"):
        load_topics(tmp_path)
    with pytest.raises(Exception, match="not fitted"):
        VariationalLDA().save(tmp_path / "unfitted")
    small(VariationalLDA).fit(SMALL).save(tmp_path)
    facts = tmp_path / "model.json"
    content = json.loads(facts.read_text())
    for wrong in ({"kind": "Pickle"}, {"fitted": {}}, {"parameters": {"colour": 1}}):
        facts.write_text(json.dumps(content | wrong))
        with pytest.raises(ValueError, match="no topic model"):
            load_topics(tmp_path)
    facts.write_text(json.dumps(content))
    (tmp_path / "weights.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="no topic model"):
        load_topics(tmp_path)


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (VariationalLDA, {"n_topics": 0}, "n_topics"),
        (VariationalLDA, {"alpha": -1.0}, "alpha"),
        (VariationalLDA, {"alpha": [0.1, 0.2]}, "alpha"),
        (OnlineLDA, {"eta": 0.0}, "eta"),
        (VariationalLDA, {"init": "warm"}, "flat"),
        (VariationalLDA, {"init": np.ones((2, 2))}, "shape"),
        (VariationalLDA, {"n_init": 0}, "n_init"),
        (VariationalLDA, {"tol": float("nan")}, "tol"),
        (VariationalLDA, {"dtype": "float16"}, "dtype"),
        (VariationalLDA, {"n_jobs": 0}, "n_jobs"),
        (VariationalLDA, {"evaluate_every": -1}, "evaluate_every"),
        (OnlineLDA, {"kappa": 0.5}, "kappa"),
        (OnlineLDA, {"tau": 0.0}, "tau"),
        (OnlineLDA, {"batch_size": 0}, "batch_size"),
        (OnlineLDA, {"total_documents": 0}, "total_documents"),
        (GibbsLDA, {"n_samples": 100, "max_iter": 20}, "sweeps"),
        (GibbsLDA, {"thin": 0}, "thin"),
        (GibbsLDA, {"n_init": 0}, "n_init"),
    ],
)
def test_bad_parameters_are_named(kind, wrong, message):
    with pytest.raises(ValueError, match=message):
        small(kind, **wrong).fit(SMALL)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_bad_counts_are_refused(kind, wrong):
    counts = SMALL.toarray()
    counts[3, 5] = wrong
    for given in (counts, sp.csr_array(counts)):
        with pytest.raises(ValueError, match=r"(?i)negative|nan|infinity"):
            small(kind).fit(given)


def test_gibbs_takes_whole_counts_only():
    with pytest.raises(ValueError, match="whole numbers"):
        small(GibbsLDA).fit(SMALL * 0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_another_vocabulary_is_refused(kind):
    model = small(kind).fit(SMALL)
    with pytest.raises(ValueError, match="300 features"):
        model.transform(SMALL[:, :200])
    with pytest.raises(ValueError, match="no word"):
        model.perplexity(sp.csr_array((3, 300)))


@pytest.mark.parametrize("kind", KINDS)
def test_it_can_be_cloned(kind):
    model = small(kind, alpha=[0.1, 0.2, 0.3, 0.4])
    assert clone(model).get_params() == model.get_params()


def test_progress_is_shown_where_it_is_asked_for(capsys, live):
    for kind in KINDS:
        small(kind).fit(SMALL)
        assert capsys.readouterr().err == ""
        small(kind, progress=True).fit(SMALL)
        assert "100%" in capsys.readouterr().err or kind is VariationalLDA


def test_top_words_rank_by_relevance():
    topics = np.array([[0.6, 0.3, 0.1, 0.0], [0.6, 0.0, 0.1, 0.3]])
    words, counts = ["the", "gene", "data", "vote"], np.array([120, 30, 20, 30])
    assert top_words(topics, words, 2) == [["the", "gene"], ["the", "vote"]]
    assert top_words(topics, words, 1, relevance=0.0, frequencies=counts) == [["gene"], ["vote"]]
    with pytest.raises(ValueError, match="frequencies"):
        top_words(topics, words, relevance=0.5)
    with pytest.raises(ValueError, match="column"):
        top_words(topics, words[:3])
    with pytest.raises(ValueError, match="relevance"):
        top_words(topics, words, relevance=2.0)
