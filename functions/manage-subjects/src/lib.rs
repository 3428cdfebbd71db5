//! manage-subjects
