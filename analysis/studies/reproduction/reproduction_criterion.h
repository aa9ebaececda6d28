// Decides when a published network counts as reproduced; no other code does.
// analysis/studies/reproduction/README.md states the rule in words and says why
// it is so. ReproductionRule (reproduction.proto) holds its thresholds.
//
//   for (const ReferenceRow& row : rows.rows())
//     ... JudgeReproduction(PublishedRule(), row, ours).verdict()
//
// For each metric, with d = ours - published (difference_error.h):
//
//   - failed trainings of ours and published rows with a failed seed are left
//     out;
//   - error^2 = s^2 (1/k + 1/K) + p (1 - p) (1/n - 1/N), with k and K the seeds
//     and n and N the test images of ours and theirs, and p the accuracy;
//   - the interval is d -+ t error, with t of Student's distribution and
//     Bonferroni's correction for the number of metrics;
//   - the verdict is DIFFERS where the interval does not contain 0, UNDECIDED
//     where half its width is above `widest` or no scatter is known, and HOLDS
//     otherwise.
//
// s is the scatter of one seed, of cells of the same kind and our own seeds
// together; of our seeds alone where they scatter significantly more (an F
// test), or where the kind has no common scatter.
#ifndef ANALYSIS_STUDIES_REPRODUCTION_REPRODUCTION_CRITERION_H_
#define ANALYSIS_STUDIES_REPRODUCTION_REPRODUCTION_CRITERION_H_

#include "analysis/studies/reproduction/reproduction.pb.h"

namespace robbench {

// Returns the rule of this repository's verdicts.
ReproductionRule PublishedRule();

// Whether a training failed (analysis/collect/training_course.h).
bool Failed(const TrainingOutcome& training);

// Judges one cell. `ours` must be that of row.cell() and row.dataset(). Metrics
// that only one of them has are left out. Every seed of an accuracy must have
// its training; this is CHECKed.
CellReproduction JudgeReproduction(const ReproductionRule& rule,
                                   const ReferenceRow& row,
                                   const OurCell& ours);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_REPRODUCTION_REPRODUCTION_CRITERION_H_
