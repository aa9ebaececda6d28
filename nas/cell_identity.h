// Makes the message that names a cell in every record.
#ifndef NAS_CELL_IDENTITY_H_
#define NAS_CELL_IDENTITY_H_

#include "nas/cell.h"
#include "nas/cell.pb.h"

namespace robbench {

// Returns the identity of `cell` with all fields set. Its representative is the
// smallest official index of the cell's isomorphism class (nas/isomorphism.h).
CellIdentity MakeCellIdentity(const Cell& cell);

}  // namespace robbench

#endif  // NAS_CELL_IDENTITY_H_
