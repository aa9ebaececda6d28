"""The cells of the small benchmarks."""

# These 20 cells span the space: cells of one operation only, the paper's best,
# cheap ones, and one without a live path (10). All are representatives of their
# classes.
MINI_CELLS = [
    "0",  # 421211
    "3",  # 410001
    "4",  # 112112
    "8",  # 241103
    "9",  # 400103
    "10",  # 333000
    "14",  # 302300
    "15",  # 141104
    "17",  # 412212
    "41",  # 230200
    "45",  # 110021
    "57",  # 034440
    "894",  # 000211
    "1000",  # 132013
    "1462",  # 333333
    "1835",  # 111111
    "2581",  # 323133
    "3152",  # 200141
    "4317",  # 222222
    "7581",  # 444444
]
