"""Wrong answers to the exercises of choose_an_engine, and the hint each must get."""

import numpy as np


def pairs(sizes):
    return zip(sizes[:-1], sizes[1:], strict=True)


def without_the_small_number(x, train):
    with np.errstate(divide="ignore", invalid="ignore"):
        return (x - train.mean(axis=0)) / train.std(axis=0)


WRONG = {
    "choose_an_engine.predict_level": [
        ("only_numpy", 0.5 / 0.0003),
        ("only_compiled", 5000),
        ("milliseconds", 2.5),
        ("sum_of_steps", 1250),
        ("prediction", 50_000),
    ],
    "choose_an_engine.flops": [
        ("forward_only", lambda sizes, batch: sum(2 * batch * d * u for d, u in pairs(sizes))),
        ("two_products", lambda sizes, batch: sum(4 * batch * d * u for d, u in pairs(sizes))),
        ("products_only", lambda sizes, batch: sum(3 * batch * d * u for d, u in pairs(sizes))),
        ("one_note", lambda sizes, batch: sum(6 * d * u for d, u in pairs(sizes))),
        ("all_multiplied", lambda sizes, batch: 6 * batch * np.prod(sizes)),
        ("last_layer", lambda sizes, batch: 6 * batch * sizes[-2] * sizes[-1]),
        ("shape", lambda sizes, batch: np.array([6 * batch * d * u for d, u in pairs(sizes)])),
    ],
    "choose_an_engine.split": [
        ("four", lambda spectra, pitch, n: (spectra[:n], pitch[:n])),
        ("four", lambda spectra, pitch, n: spectra[:n]),
        ("order", lambda spectra, pitch, n: (spectra[:n], spectra[n:], pitch[:n], pitch[n:])),
        ("all_rows", lambda spectra, pitch, n: (spectra, pitch, spectra[n:], pitch[n:])),
        ("held_out_first", lambda spectra, pitch, n: (spectra[n:], pitch[n:], spectra[:n], pitch[:n])),
        ("article", lambda spectra, pitch, n: (spectra[:n], spectra[n:], spectra[n:], pitch[n:])),
        ("other_pitches", lambda spectra, pitch, n: (spectra[:n], pitch[n:], spectra[n:], pitch[:n])),
        ("inputs_as_targets", lambda spectra, pitch, n: (spectra[:n], spectra[:n], spectra[n:], pitch[n:])),
        ("y_second", lambda spectra, pitch, n: (spectra[:n], pitch[:n], pitch[:n], pitch[n:])),
        ("nothing_held_out", lambda spectra, pitch, n: (spectra[:n], pitch[:n], spectra[:n], pitch[:n])),
        ("old_pitches", lambda spectra, pitch, n: (spectra[:n], pitch[:n], spectra[n:], pitch[:n])),
        ("article_again", lambda spectra, pitch, n: (spectra[:n], pitch[:n], spectra[n:], spectra[n:])),
    ],
    "choose_an_engine.standardise": [
        ("own_statistics", lambda x, train: (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-3)),
        ("own_mean", lambda x, train: (x - x.mean(axis=0)) / (train.std(axis=0) + 1e-3)),
        ("one_spread", lambda x, train: (x - train.mean(axis=0)) / (train.std() + 1e-3)),
        ("one_mean", lambda x, train: (x - train.mean()) / (train.std() + 1e-3)),
        ("not_divided", lambda x, train: x - train.mean(axis=0)),
        ("variance", lambda x, train: (x - train.mean(axis=0)) / (train.var(axis=0) + 1e-3)),
        ("no_small_number", without_the_small_number),
    ],
    "choose_an_engine.which": [("jumps", "A")],
}
