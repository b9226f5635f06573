"""One serve, one worker, one queue: everything is classified, once."""
from fleet_harness import MASTER, check_outcomes


def test_one_worker_classifies_a_bucket(make_nats, make_fleet, postgres, directory_account):
    arguments, sizes = directory_account({"b": 2500})
    fleet = make_fleet(make_nats(), *arguments)
    serve = fleet.serve()
    fleet.worker()
    serve.select("b")
    fleet.done()
    check_outcomes(postgres, fleet.store_url, MASTER, sizes)
