// When a published network counts as reproduced: the one place that decides.
// analysis/studies/reproduction/README.md states the rule in words and says why
// it is so; ReproductionRule holds its thresholds.
//
//   for (const ReferenceRow& row : rows.rows())
//     ... JudgeReproduction(PublishedRule(), row, ours).verdict()
//
// For each metric, with d = ours - published (difference_error.h):
//
//   failed trainings of ours and published rows with a failed seed are left out
//   error^2 = s^2 (1/k + 1/K) + p (1 - p) (1/n - 1/N)
//   interval: d -+ t error, t of Student's distribution, Bonferroni over
//   metrics DIFFERS where the interval leaves out 0; UNDECIDED where half its
//   width is above `widest` or no scatter is known; HOLDS otherwise.
//
// s is the scatter of one seed, of cells of the same kind and our own seeds
// together; of our seeds alone where they scatter significantly more (an F
// test), or where the kind has no common scatter.
#ifndef ANALYSIS_STUDIES_REPRODUCTION_REPRODUCTION_CRITERION_H_
#define ANALYSIS_STUDIES_REPRODUCTION_REPRODUCTION_CRITERION_H_

#include "analysis/studies/reproduction/reproduction.pb.h"

namespace robbench {

// The rule that this repository's verdicts are by.
ReproductionRule PublishedRule();

bool Failed(const TrainingOutcome& training);

// `ours` is of row.cell() and row.dataset(); metrics that only one of them has
// are left out. Every seed of an accuracy has its training (CHECKed).
CellReproduction JudgeReproduction(const ReproductionRule& rule,
                                   const ReferenceRow& row,
                                   const OurCell& ours);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_REPRODUCTION_REPRODUCTION_CRITERION_H_
