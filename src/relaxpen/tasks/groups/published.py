"""The numbers of the paper's tables, to stand beside ours."""

LEAST = (0.1, 0.2, 0.3, 0.4, 0.5)  # a
Cell = tuple[str, str, str, float]  # sizes, contender, mask, a
Numbers = dict[Cell, tuple[float, float]]  # mean and standard deviation over 10 runs


def _read(text: str) -> Numbers:
    found = {}
    for line in text.split("\n"):
        sizes, contender, mask, *cells = line.split()
        for smallest, cell in zip(LEAST, cells, strict=True):
            mean, deviation = cell.split("±")
            found[sizes, contender, mask, smallest] = float(mean), float(deviation)
    return found


# Source: Relax and penalize, Table 1; its "r" is rounding, "p" penalize.
VALUES = _read("""\
inequal relax    oracle  0.035±0.001 0.039±0.001 0.044±0.001 0.049±0.002 0.055±0.002
inequal relax    relaxed 0.049±0.003 0.050±0.003 0.052±0.002 0.056±0.003 0.062±0.004
inequal relax    half    0.158±0.057 0.098±0.043 0.076±0.025 0.081±0.026 0.080±0.021
inequal penalize oracle  0.035±0.001 0.039±0.001 0.044±0.001 0.049±0.001 0.055±0.002
inequal penalize argmax  0.049±0.003 0.053±0.003 0.057±0.003 0.063±0.003 0.068±0.004
random  relax    oracle  0.055±0.010 0.061±0.011 0.069±0.012 0.077±0.014 0.087±0.015
random  relax    relaxed 0.054±0.004 0.057±0.004 0.061±0.004 0.066±0.005 0.072±0.006
random  relax    half    0.140±0.055 0.186±0.047 0.196±0.057 0.139±0.068 0.137±0.060
random  penalize oracle  0.060±0.018 0.063±0.012 0.069±0.012 0.078±0.014 0.087±0.015
random  penalize argmax  0.060±0.015 0.064±0.009 0.067±0.006 0.075±0.010 0.078±0.008""")
# Source: Table 2.
ERRORS = _read("""\
inequal relax    oracle  4.11±0.14 4.33±0.14 4.57±0.14 4.83±0.15 5.11±0.16
inequal relax    relaxed 4.82±0.22 4.91±0.21 5.06±0.15 5.30±0.18 5.63±0.23
inequal relax    half    11.43±2.07 9.70±2.65 8.38±1.96 8.70±1.68 8.28±2.06
inequal penalize oracle  4.13±0.14 4.33±0.14 4.57±0.14 4.84±0.13 5.11±0.15
inequal penalize argmax  5.13±0.19 5.41±0.21 5.68±0.25 5.96±0.17 6.37±0.26
random  relax    oracle  5.40±0.66 5.71±0.71 6.05±0.75 6.42±0.79 6.82±0.83
random  relax    relaxed 5.78±0.56 6.03±0.63 6.35±0.68 6.72±0.76 7.12±0.81
random  relax    half    9.73±3.22 13.05±2.66 14.03±1.71 11.76±2.94 11.72±2.57
random  penalize oracle  5.62±0.93 5.70±0.70 6.08±0.74 6.50±0.78 6.83±0.81
random  penalize argmax  6.34±0.71 6.55±0.66 6.91±0.62 7.27±0.68 7.66±0.68""")
