/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to initiator/: libiscsi on one side, the shared layer on the other.
 *
 *	struct	              lives in                     ends
 *	iseri_host            Scsi_Host                    session destroyed
 *	iseri_conn            iscsi_conn                   connection destroyed
 *	iseri_endpoint        iscsi_endpoint               ep_disconnect()
 *	iseri_task            iscsi_task                   with the session
 *
 * A libiscsi connection survives the RDMA connections under it: after an error
 * iscsid makes a new endpoint and binds it to the same connection. So what
 * belongs to one RDMA connection is in iseri_endpoint, never in iseri_conn.
 *
 * Locks, outermost first:
 *
 *	rx_queue_mutex, ep_mutex   iSCSI class, around the calls from user space
 *	setup mutex                core, iser_ep_hold_device()
 *	session->frwd_lock         libiscsi: around alloc_pdu .. xmit_task
 *	session->back_lock         libiscsi: completions and cleanup_task
 *	tx_lock                    core: posting and endpoint state
 */
#ifndef ISERI_H
#define ISERI_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <scsi/libiscsi.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_transport_iscsi.h>

#include "iser.h"

/* Elements of a Send: enough for ISERI_SEND_DATA. */
#define ISERI_SEND_SGE		ISER_SEND_SGE_MAX
/* Immediate data that those elements carry. */
#define ISERI_SEND_DATA		SZ_16K
/* A target that has not proven to keep its word posts no more. */
#define ISERI_SAFE_DATA		SZ_8K
/* The longest CDB that SCSI has room for, and the AHS for its second part. */
#define ISERI_CDB_MAX		sizeof_field(struct scsi_cmnd, cmnd)
#define ISERI_AHS_MAX		ALIGN(offsetof(struct iscsi_ecdb_ahdr, ecdb) + \
				      ISERI_CDB_MAX - ISCSI_CDB_SIZE, \
				      ISCSI_PAD_LEN)
/*
 * Data segment of a PDU in full feature phase: sense data, a header that was
 * rejected. No less than 512 may be offered; with headers six fit a page.
 */
#define ISERI_RECV_DATA		(640 - ISER_HEADERS_LEN)

/**
 * struct iseri_host - what SCSI was promised, for as long as the session lives
 * @max_pages: 4 KiB pages one command may need; pages of each MR
 * @wanted: SCSI commands that were asked for
 * @session: the one session there is, or NULL before it; stays for as long as
 *	the host is in sysfs
 * @polls_answered: commands whose response came while they were polled for
 * @polls_expired: commands for which the time to poll, or being alone, was over
 *	first
 * @lock: guards the rest, for sysfs: the connection that was bound last
 * @device: its device
 * @port: port number there
 * @source: own address
 * @destination: the target's
 * @path: settings it was made with
 * @window: commands its queues hold
 */
struct iseri_host {
	u32			max_pages;
	u32			wanted;
	struct iscsi_session	*session;
	atomic_long_t		polls_answered;
	atomic_long_t		polls_expired;
	spinlock_t		lock;		/* what sysfs shows */
	char			device[IB_DEVICE_NAME_MAX];
	u32			port;
	struct sockaddr_storage	source;
	struct sockaddr_storage	destination;
	struct iser_path	path;
	u32			window;
};

/**
 * struct iseri_text - what the login text of a connection has said
 * @peer: by the target; written in the CQ context, constant after the login
 * @offered: TargetRecvDataSegmentLength offered to it; written under frwd_lock
 *	when a request is sent, read when its response is here
 * @probed: MaxAHSLength was declared
 * @out_goes_on: the last request's text was to be continued
 * @in_goes_on: the last response's text was
 */
struct iseri_text {
	struct iser_keys	peer;
	u32			offered;
	bool			probed;
	bool			out_goes_on;
	bool			in_goes_on;
};

/**
 * struct iseri_endpoint - one RDMA connection, from ep_connect to ep_disconnect
 * @node: in the list of all endpoints, under its mutex
 * @cls_ep: the class's object this is part of
 * @lock: guards @ep against the release of the reference it stands for
 * @ep: the connection; NULL after ep_disconnect
 * @conn: libiscsi's connection, NULL while not bound. Written while the
 *	endpoint's setup mutex is held (bind) or after the endpoint is dead
 *	(unlink). So upcalls may use it without a lock: the stop work passes
 *	through the setup mutex before its upcalls, and the connection is not
 *	freed before the last of them has returned.
 * @text: data of the Login or Text Request in flight; written under frwd_lock,
 *	freed in the drained upcall
 * @keys: what has been said in the login
 * @mrs: MRs of full feature phase, by tag; NULL until they exist, and receive
 *	buffers with them. Written once, before the Login Request that asks for
 *	the phase is sent.
 * @answer: Login or Text Response that waits for @answer_work; written in the CQ
 *	context, taken by the work, forgotten in the drained upcall
 * @answer_work: hands @answer up, see iseri_rx_answer_work()
 * @held: received PDUs that wait for the send queue, oldest first; only touched
 *	in the CQ context of the endpoint, then in the drained upcall
 */
struct iseri_endpoint {
	struct list_head	node;
	struct iscsi_endpoint	*cls_ep;
	spinlock_t		lock;	/* guards @ep */
	struct iser_ep		*ep;
	struct iscsi_conn	*conn;
	struct iser_buf		*text;
	struct iseri_text	keys;
	struct iser_mr		*mrs;
	struct iser_recv	*answer;
	struct delayed_work	answer_work;
	struct list_head	held;
};

/**
 * struct iseri_conn - a libiscsi connection's part of ours
 * @iep: endpoint it is bound to, or NULL. This and the next two are written
 *	with frwd_lock and back_lock held and read with either, or under the
 *	class's ep_mutex.
 * @ep: @iep's connection
 * @data_sge: elements of a Send that are left for data
 * @sge: these, of a Send of a WRITE that is in several; the keys never change,
 *	the rest is guarded by frwd_lock
 * @data_outs: Data-Outs of commands that have not ended; added to under
 *	frwd_lock, taken from under back_lock
 * @unexpected: requests that the target has declared to take few of; likewise
 * @tmf: the last task management request, which may be gone; written under
 *	frwd_lock
 */
struct iseri_conn {
	struct iseri_endpoint	*iep;
	struct iser_ep		*ep;
	u32			data_sge;
	struct ib_sge		sge[ISERI_SEND_SGE - 1];
	atomic_t		data_outs;
	atomic_t		unexpected;
	const struct iscsi_task	*tmf;
};

/**
 * struct iseri_tmf - what a task management request was about
 * @lun: its LUN
 * @rtt: Referenced Task Tag
 * @function: task management function
 */
struct iseri_tmf {
	struct scsi_lun	lun;
	itt_t		rtt;
	u8		function;
};

/**
 * enum iseri_way - how the data of a command travels
 * @ISERI_SOLICITED: the target moves it, with an STag; or there is none
 * @ISERI_IMMEDIATE: all of it inside the command
 * @ISERI_UNSOLICITED: the first bytes in Sends, the rest with an STag if there
 *	is one
 */
enum iseri_way {
	ISERI_SOLICITED,
	ISERI_IMMEDIATE,
	ISERI_UNSOLICITED,
};

/**
 * struct iseri_task - a libiscsi task's part of ours
 * @send: slot that the PDU is built in, from alloc_pdu to xmit_task
 * @mr: MR of its tag, NULL where the connection has none. Written with
 *	frwd_lock and back_lock held, constant while a command is sent. Data is
 *	mapped in it while it has an owner: written under frwd_lock when the task
 *	is sent, under back_lock from then on.
 * @way: commands only
 * @opcode: of the request, without the immediate bit; what is not a command only
 * @sent: the request is posted or about to be, so a response may come. Set
 *	with release semantics once everything else is in place, cleared in
 *	cleanup_task under back_lock; read with acquire semantics under
 *	back_lock.
 * @inline_data: Sends with data are under way, and hold a reference to the task
 * @inline_mapped: the mapping of that data is theirs, for there is no @mr
 * @counted: @unexpected or @data_outs is set
 * @unexpected: what iseri_conn counts
 * @data_outs: Data-Outs; what iseri_conn counts
 * @tmf: task management requests only
 */
struct iseri_task {
	struct iser_send	*send;
	struct iser_mr		*mr;
	enum iseri_way		way;
	u8			opcode;
	bool			sent;
	bool			inline_data;
	bool			inline_mapped;
	bool			counted;
	bool			unexpected;
	u32			data_outs;
	struct iseri_tmf	tmf;
};

extern struct iscsi_transport iseri_transport;
extern struct workqueue_struct *iseri_wq;
extern struct scsi_transport_template *iseri_scsi_transport;
extern unsigned long long iseri_max_lun;
extern unsigned int iseri_max_sectors;

/* session.c */
void iseri_session_init(void);
u32 iseri_session_depth(void);
void iseri_session_want_depth(u32 depth);
struct iscsi_cls_session *iseri_session_create(struct iscsi_endpoint *cls_ep,
					       u16 cmds_max, u16 qdepth,
					       u32 initial_cmdsn);
void iseri_session_destroy(struct iscsi_cls_session *cls_session);
int iseri_session_get_host_param(struct Scsi_Host *shost,
				 enum iscsi_host_param param, char *buf);

/* conn.c */
struct iscsi_cls_conn *iseri_conn_create(struct iscsi_cls_session *cls_session,
					 u32 cid);
int iseri_conn_bind(struct iscsi_cls_session *cls_session,
		    struct iscsi_cls_conn *cls_conn, u64 handle,
		    int is_leading);
void iseri_conn_unlink(struct iseri_endpoint *iep);
int iseri_conn_start(struct iscsi_cls_conn *cls_conn);
void iseri_conn_stop(struct iscsi_cls_conn *cls_conn, int flag);
void iseri_conn_destroy(struct iscsi_cls_conn *cls_conn);
int iseri_conn_set_param(struct iscsi_cls_conn *cls_conn,
			 enum iscsi_param param, char *buf, int buflen);
struct iser_ep *iseri_conn_get_ep(struct iscsi_conn *conn);
int iseri_conn_show_local(struct iser_ep *ep, enum iscsi_param param,
			  char *buf);
int iseri_conn_get_param(struct iscsi_cls_conn *cls_conn,
			 enum iscsi_param param, char *buf);
int iseri_conn_send_pdu(struct iscsi_cls_conn *cls_conn, struct iscsi_hdr *hdr,
			char *data, u32 len);
void iseri_conn_get_stats(struct iscsi_cls_conn *cls_conn,
			  struct iscsi_stats *stats);

/* endpoint.c */
struct iser_ep *iseri_endpoint_hold(struct iseri_endpoint *iep);
struct iscsi_endpoint *iseri_endpoint_connect(struct Scsi_Host *shost,
					      struct sockaddr *dst,
					      int non_blocking);
int iseri_endpoint_poll(struct iscsi_endpoint *cls_ep, int timeout_ms);
void iseri_endpoint_disconnect(struct iscsi_endpoint *cls_ep);
void iseri_endpoint_disconnect_all(void);
int iseri_endpoint_get_param(struct iscsi_endpoint *cls_ep,
			     enum iscsi_param param, char *buf);

/* sysfs.c */
extern const struct attribute_group *iseri_sysfs_groups[];
void iseri_sysfs_bound(struct Scsi_Host *shost, struct iser_ep *ep,
		       struct ib_device *ibdev);

/* task.c */
int iseri_task_alloc_pdu(struct iscsi_task *task, u8 opcode);
int iseri_task_init(struct iscsi_task *task);
int iseri_task_xmit(struct iscsi_task *task);
void iseri_task_cleanup(struct iscsi_task *task);
void iseri_task_set_mrs(struct iscsi_session *session, struct iser_ep *ep);
void iseri_task_reclaim(struct iscsi_conn *conn, struct iser_ep *ep);

/* text.c */
void iseri_text_init(struct iseri_text *text);
int iseri_text_out(struct iseri_endpoint *iep, struct iscsi_hdr *hdr,
		   char *text, u32 *len);
bool iseri_text_in(struct iser_ep *ep, struct iscsi_conn *conn,
		   struct iser_recv *recv);
u32 iseri_text_max_length(struct iscsi_conn *conn, enum iscsi_param param);

/* rx.c */
void iseri_rx_recv(struct iser_ep *ep, struct iser_recv *recv);
void iseri_rx_sq_advanced(struct iser_ep *ep);
void iseri_rx_drop_held(struct iseri_endpoint *iep);
void iseri_rx_hand_up_answer(struct iseri_endpoint *iep);
void iseri_rx_answer_work(struct work_struct *work);

#endif /* ISERI_H */
