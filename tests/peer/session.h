/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An honest initiator's side of a session, in pieces that a case can leave out
 * or spoil: login, SCSI commands, NOP-Out, task management, text, logout.
 */
#ifndef ISER_PEER_SESSION_H
#define ISER_PEER_SESSION_H

#include "pdu.h"

/**
 * struct who - whom a case talks to, and as whom
 * @host: numeric address of the target (or to listen on)
 * @port: its port
 * @other: address of ours that somebody else has, or NULL
 * @iqn: target name
 * @initiator: initiator name
 * @lun: LUN to use
 * @patience: milliseconds that an answer or an end may take
 * @count: how often a repeating case repeats; 0 for its own default
 */
struct who {
	const char	*host;
	uint16_t	port;
	const char	*other;
	const char	*iqn;
	const char	*initiator;
	unsigned int	lun;
	int		patience;
	unsigned int	count;
};

#define RDSL_USUAL	8192

#define PATIENCE_MS	8000	/* unless somebody says that things are slow */

/* What takes up to @ms where that patience is enough, and longer elsewhere. */
static inline long scaled_ms(const struct who *w, long long ms)
{
	return w->patience > PATIENCE_MS ? ms * w->patience / PATIENCE_MS : ms;
}

/**
 * struct login_opts - how to log in
 * @discovery: a discovery session
 * @iqn: another target name than who->iqn
 * @irdsl: InitiatorRecvDataSegmentLength to offer, RDSL_USUAL if nobody cares
 * @trdsl: TargetRecvDataSegmentLength to offer
 * @initial_r2t: ask for InitialR2T=Yes
 * @first_burst: FirstBurstLength to offer
 * @digests: offer CRC32C before None
 * @recovery: ErrorRecoveryLevel to offer
 * @connections: MaxConnections to offer
 * @rdma: RDMAExtensions; empty to leave it out
 * @extra: further operational keys, a list with NULs
 * @extra_len: its length
 */
struct login_opts {
	bool		discovery;
	const char	*iqn;
	uint32_t	irdsl;
	uint32_t	trdsl;
	bool		initial_r2t;
	uint32_t	first_burst;
	bool		digests;
	uint8_t		recovery;
	uint8_t		connections;
	const char	*rdma;
	const char	*extra;
	size_t		extra_len;
};

/**
 * struct session - one session of one connection
 * @p: the connection
 * @who: whom it leads to
 * @cmdsn: next CmdSN to use
 * @itt: next ITT to use
 * @exp_statsn: StatSN the next response must carry
 * @exp_cmdsn: as last advertised by the target
 * @max_cmdsn: as last advertised by the target
 * @statsn_known: a first StatSN has been seen
 * @tsih: session handle
 * @isid: our part of the session's name
 * @cid: connection identifier
 * @irdsl: negotiated, longest data segment we may get
 * @trdsl: negotiated, longest data segment we may send
 * @first_burst: negotiated FirstBurstLength
 * @initial_r2t: negotiated InitialR2T
 * @immediate_data: negotiated ImmediateData
 * @full: full feature phase reached
 * @login_class: status class of the last Login Response
 * @login_detail: its detail
 * @last_text: keys of the last Login Response
 * @last_text_len: their length
 * @statsn_faults: responses whose StatSN was not the next one
 * @window_faults: advertised windows that went back
 * @pad_faults: PDUs whose data segment is not padded with zeros
 * @pings: the target's, that were answered
 * @fault: the first such fault, in words
 */
struct session {
	struct peer	*p;
	const struct who *who;
	uint32_t	cmdsn;
	uint32_t	itt;
	uint32_t	exp_statsn;
	uint32_t	exp_cmdsn;
	uint32_t	max_cmdsn;
	bool		statsn_known;
	uint16_t	tsih;
	uint8_t		isid[6];
	uint16_t	cid;
	uint32_t	irdsl;
	uint32_t	trdsl;
	uint32_t	first_burst;
	bool		initial_r2t;
	bool		immediate_data;
	bool		full;
	uint8_t		login_class;
	uint8_t		login_detail;
	char		last_text[PDU_MAX];
	size_t		last_text_len;
	unsigned int	statsn_faults;
	unsigned int	window_faults;
	unsigned int	pad_faults;
	unsigned int	pings;
	char		fault[160];
};

void login_opts_init(struct login_opts *o);

/* A session on a connection that exists; the session owns it then. */
struct session *session_new(const struct who *w, struct peer *p);
/* Connect and log in, honestly. NULL: see peer_why(). */
struct session *session_open(const struct who *w);
struct session *session_open_with(const struct who *w,
				  const struct peer_params *par,
				  const struct login_opts *o);
/* A discovery session that offers this InitiatorRecvDataSegmentLength. */
struct session *session_open_discovery(const struct who *w, uint32_t irdsl);
/* Logout if possible, disconnect. Or vanish. */
void session_close(struct session *s);
void session_drop(struct session *s);

/* One Login Request with these stages and keys. */
void login_pdu(struct session *s, struct pdu *m, unsigned int csg,
	       unsigned int nsg, bool transit, const struct text *t);
void login_security_text(const struct session *s, const struct login_opts *o,
			 struct text *t);
void login_operational_text(const struct login_opts *o, struct text *t);
/* Send it, wait for the response, note status and keys. */
int login_exchange(struct session *s, struct pdu *m, struct peer_msg *msg);
/* The security stage; then the operational stage up to full feature phase. */
int login_security(struct session *s, const struct login_opts *o);
int login_operational(struct session *s, const struct login_opts *o);
int session_login(struct session *s, const struct login_opts *o);
/* Look at a Login Response that the caller received itself. */
int login_take_response(struct session *s, const struct peer_msg *msg);

/*
 * The next PDU, checked for framing, StatSN and window. A ping of the target
 * is answered and skipped. PEER_ERROR: the PDU is malformed, see peer_why().
 */
enum peer_rc session_recv(struct session *s, struct peer_msg *msg,
			  int timeout_ms);
/* Wait for the answer to one task; a Reject that quotes it counts. */
enum peer_rc session_wait(struct session *s, uint32_t itt, struct peer_msg *msg,
			  int timeout_ms);
/* Likewise, but anything but an answer is a failure with a reason. */
int session_answer(struct session *s, uint32_t itt, uint8_t opcode,
		   struct peer_msg *msg);

/**
 * struct scsi_cmd - a SCSI command to send
 * @cdb: 16 bytes
 * @edtl: Expected Data Transfer Length
 * @read: data comes in
 * @write: data goes out
 * @region: memory to advertise, or NULL
 * @region_off: where in it the data starts
 * @imm: immediate data
 * @imm_len: its length
 * @unsol_len: immediate data and what will follow in Data-Outs
 * @more: not final: unsolicited Data-Outs follow
 * @immediate: immediate delivery (takes no CmdSN)
 */
struct scsi_cmd {
	uint8_t		cdb[16];
	uint32_t	edtl;
	bool		read;
	bool		write;
	struct peer_region *region;
	size_t		region_off;
	const uint8_t	*imm;
	uint32_t	imm_len;
	uint32_t	unsol_len;
	bool		more;
	bool		immediate;
};

/**
 * struct scsi_result - how it went
 * @response: iSCSI response code
 * @status: SCSI status
 * @key: sense key
 * @asc: additional sense code
 * @ascq: its qualifier
 * @flags: flags byte of the response
 * @residual: residual count
 * @invalidated: came as Send-with-Invalidate
 * @inv_rkey: of this key
 */
struct scsi_result {
	uint8_t		response;
	uint8_t		status;
	uint8_t		key;
	uint8_t		asc;
	uint8_t		ascq;
	uint8_t		flags;
	uint32_t	residual;
	bool		invalidated;
	uint32_t	inv_rkey;
};

/* Takes an ITT and, unless immediate, a CmdSN. Returns the ITT. */
uint32_t scsi_build(struct session *s, struct pdu *m, const struct scsi_cmd *c);
/* An unsolicited Data-Out for it. */
void data_out_build(const struct session *s, struct pdu *m, uint32_t itt,
		    uint32_t sn, uint32_t off, const void *data, uint32_t len,
		    bool final);
int scsi_take_response(const struct peer_msg *msg, struct scsi_result *r);
int scsi_run(struct session *s, const struct scsi_cmd *c,
	     struct scsi_result *r);
/* Likewise; anything but GOOD is a failure. */
int scsi_good(struct session *s, const struct scsi_cmd *c,
	      struct scsi_result *r);

void cdb_rw(struct scsi_cmd *c, bool write, uint32_t lba, uint16_t blocks,
	    uint32_t block_size);
/* Until GOOD; unit attentions are taken away. */
int test_unit_ready(struct session *s);
int inquiry(struct session *s);
/* Bytes a block, 0 on failure. */
uint32_t read_capacity(struct session *s);
int read_blocks(struct session *s, struct peer_region *r, uint32_t lba,
		uint16_t blocks, uint32_t block_size);
int write_blocks(struct session *s, struct peer_region *r, uint32_t lba,
		 uint16_t blocks, uint32_t block_size);

/* Immediate NOP-Out with data; returns the ITT. */
uint32_t nop_build(struct session *s, struct pdu *m, const void *data,
		   size_t len);
/* 0 if the connection answers a ping, -1 with a reason. */
int ping(struct session *s);
uint32_t tmf_build(struct session *s, struct pdu *m, uint8_t function,
		   uint32_t ref_itt);
uint32_t text_build(struct session *s, struct pdu *m, const struct text *t,
		    uint32_t ttt);
uint32_t logout_build(struct session *s, struct pdu *m);
/*
 * SendTargets=@whose; the whole answer, continued as often as need be. How many
 * Text Responses it came in, or -1.
 */
int send_targets_of(struct session *s, const char *whose, struct text *answer);
/* SendTargets=All; 0 or -1. */
int send_targets(struct session *s, struct text *answer);

/* Honest login, TEST UNIT READY, READ of one block, logout. */
int honest_check(const struct who *w);

#endif /* ISER_PEER_SESSION_H */
