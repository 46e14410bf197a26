"""Two workers of which only the chief measures sample quality: both stop at its plateau."""

import pytest

from support.run_files import records, summary
from support.trainer_runner import SMALL, start_workers


@pytest.mark.slow
def test_all_workers_stop_at_the_plateau_of_the_chief(tmp_path):
    places = [f"--run_dir={tmp_path / 'runs'}", f"--export_dir={tmp_path / 'exports'}"]
    quality = ["--metrics=vendi_score", "--metrics_every=2", "--metrics_samples=50"]
    quality += ["--features=pixels", "--keep_best=vendi_score", "--patience=1", "--steps=900"]
    workers = start_workers(tmp_path, *SMALL, *places, *quality, "--sample_every=1000")
    try:
        ended = [worker.ended() for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    assert [each.status for each in ended] == [0, 0], ended
    run = tmp_path / "runs" / "00000-dcgan-digits"
    measured = [record["step"] for record in records(run) if "sample_quality" in record]
    assert summary(run)["steps"] == measured[-1] < 900
    assert f"stopped at step {measured[-1]}: vendi_score has not improved" in ended[0].out
    assert "the first worker writes the results, from step 0\n" in ended[1].out
    assert str(tmp_path) not in ended[1].out
