-- What happened to one order, without a walk through its stream. The index reads the order out of the fact itself, so
-- facts of before are in it as well; facts that are about no order are left out.

CREATE INDEX events_by_order ON events (tenant, stream, json_extract(data, '$.order_id'), seq)
WHERE json_extract(data, '$.order_id') IS NOT NULL;
