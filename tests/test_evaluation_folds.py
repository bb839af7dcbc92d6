"""Mean and standard deviation over folds."""

import pytest

from nanocaliper.evaluation.folds import summarise_folds, write_folds_table


def test_mean_and_standard_deviation_worked_by_hand() -> None:
    summary = summarise_folds([{"f1": 0.8, "auc": None}, {"f1": 0.9, "auc": 0.7}, {"f1": 1.0}])
    assert summary["f1"].mean == pytest.approx(0.9)
    assert summary["f1"].sd == pytest.approx(0.1)  # n - 1: sqrt(0.02 / 2)
    assert (summary["auc"].mean, summary["auc"].sd, summary["auc"].folds) == (0.7, None, 1)
    assert str(summary["f1"]) == "0.9000 ± 0.1000"


def test_the_table_has_a_column_a_fold() -> None:
    table = write_folds_table({"fold 0": {"f1": 0.5, "x": None}, "fold 1": {"f1": 0.7, "x": None}})
    assert table.splitlines()[0] == "| score | fold 0 | fold 1 | mean ± SD of 2 |"
    assert table.splitlines()[2] == "| f1 | 0.5000 | 0.7000 | 0.6000 ± 0.1414 |"
    assert table.splitlines()[3] == "| x | none | none | none |"
    assert write_folds_table({"scores": {"images": 3}}).splitlines()[::2] == [
        "| score | scores |",
        "| images | 3 |",
    ]
